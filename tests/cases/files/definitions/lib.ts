export function surface(w: number, h: number): number {
  return w * h;
}

export interface BaseShape {
  area(): number;
}

export class Square implements BaseShape {
  constructor(readonly side: number) {}
  area() {
    return this.side ** 2;
  }
}
