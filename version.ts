declare const __MLLDC_VERSION__: string | undefined;

/** The version of the package; the build puts it in. Sources that run unbuilt, in tests, have none. */
export const version: string = typeof __MLLDC_VERSION__ === 'string' ? __MLLDC_VERSION__ : '0.0.0';
