declare const __MLLDC_VERSION__: string;

/** The version of the package; the build puts it in. */
export const version: string = __MLLDC_VERSION__;
