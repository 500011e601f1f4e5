/** What a compressed picture says of itself, before it is decoded. Sizes in pixels, `bits` per sample. */
export interface Codestream {
  /** Which decoder reads it. */
  kind: "jpeg" | "jpeg-ls" | "jpeg-2000" | "jpeg-xl";
  /** Pixels. */
  columns: number;
  /** Pixels. */
  rows: number;
  /** Samples of a pixel. */
  components: number;
  /** Of a sample, significant ones. */
  bits: number;
  /**
   * What the colours are once decoded: `rgb` and `ycbcr` where the codestream itself says so (`rgb` also where its
   * decoder turns them), undefined where only the data set can tell.
   */
  colour?: "rgb" | "ycbcr";
  /** One component after the other once decoded (JPEG-LS of interleave mode 0). */
  planar: boolean;
}
