import { gunzipSync } from "node:zlib";

/*
 * One intra picture of MPEG-2 each, 48 by 32, from FFmpeg 5.1, whose tests are another's than ours:
 *
 *   ffmpeg -f lavfi -i "color=size=48x32:rate=25,format=FORMAT,geq=lum='24+mod(X*5+Y*3,64)+X*2':cb='64+X*2':cr='180-Y*2'"
 *     -frames:v 1 -c:v mpeg2video OPTIONS -f CONTAINER FILE
 */

/** What they were made of. */
export const SIZE = { width: 48, height: 32 } as const;

/** @returns Y, Cb and Cr of a pixel, whose colours were given for every second one */
export function made(x: number, y: number, { halfHeight = true } = {}): [number, number, number] {
  const [cx, cy] = [x >> 1, halfHeight ? y >> 1 : y];
  return [24 + (x * 5 + y * 3) % 64 + x * 2, 64 + cx * 2, 180 - cy * 2];
}

/** 4:2:0, Table B-14, zigzag: -q:v 2 */
export const progressive = unzipped(
  "H4sIAAAAAAACA2NgYNzMzKAg/P//AwkGBsatIl0MjAxAwLiDgYPBgQHE4f//AyTT//+zYwOQwSj88wJjB5vK1LsC3A2lDQnMiw4Y89b4Mu1+NP" +
    "+PQcvPJrvT+g/X7b1g/Kw+gKH2gGRD9oUJzgxJyWLOf7JLLFhuL5ypuj71/Tb/c2djGJIYO1XLDzMcuf3agZ81PofxlOcC8Ya3DFaKhjrmf9u+" +
    "3dz+/5917v/0V2H/FHidnRlMmDqYWo6K+DicKf5ma5N2I6vq8s36/ykMO9gj2BisdJgNrh+5oL1P8/9hDv8Zym82/ZN6fZfZLv17Bh5zvzAk5T" +
    "DIce1N4Ad6JcmZl+GMCTuDlceBIyw1kzKO/9/9h83cqWiD//2C7kUMU1g0ef011l6a8rHDyfz/v7XbTv//vPUIQ5aUBOMCEQcRNY1FSWzJ8ze+" +
    "fGx2OPjavNP/f29h+AF0mYrBBZ7DDgXMS3p4HNxPqvXU/95/ILlEXZvl73eOvQwSsxnYmxYAg5VJ+Ocuh0UM0gypXb+TJCumsQYtf/p10v6Tfj" +
    "+MC2fuOLflzf5yB/4dzAa8VUIcCTw+SSfqe/PaGWaXGKtsfbP328mfN9clMAUILDG1WbTdK/iYIsf9/7+23db/f+7qSaYOhhzGadpvO1IfRYh6" +
    "zZ9+zeu/qvWDs8fSHltd3vT3wwFDs++g4PdhOMIs5PWug/WA1QEDxosJkm371BpjP/r/k3CqOSifOv3D9bgXkp/tVzDYPeA5YPrCQ7HB0LBb8Z" +
    "/pLhmm3AtnJl3f9P22+vO0dQyGDEcm7b7A2LmBoULrdwJfkC/DHvYMxoucnYn735hvO7v//8fb+b/tg7Z/xBNyCgQcsdsBt7nfFzALJzB8CAEA" +
    "epRlVNoCAAA=",
);

/** 4:2:2, Table B-15, alternate scan, DC of 10 bits: -profile:v 0 -q:v 2 -intra_vlc 1 -alternate_scan 1 -dc 10 */
export const halved = unzipped(
  "H4sIAAAAAAACA2NgYNzMzKAg/P//AwkGBsatEiEMjAxAwLiDgYPBgQHE4f//AyTT//83D0iCUbje6v8qhiQG3fxF1Q6M5se335+ZO+mUY8VM2T" +
    "Z+kVX928RVbzKvKF17+NuC1r/xMZeyki6GrzcsC51o3LF/bsikhUUhN+72v2qQaOCO/pEj8P8Of/5r/5YEMOP8P8Htt803OP67/3//hiWLzc9b" +
    "bvL09trmnRIZdDq1deucDxz2178IKK8ImcHc89ooatK/C3tvyXsvvxVdaZ/BoPbj2+/PupsiPfSFlTccfDQ18NuhJ7sVSvm27ru4t4n/2/+/f1" +
    "tVJfdVnp3kFRW6KVrp1LRoHd39Diz235lvf+FHcsCabw1M/hPr6zy7M/ue3y7u7dbxe1G6R17QtOittvSLltgGzsrr1jlLY87uLtadqlkYFM1l" +
    "u0/9PEPz33pHJqtWzwaLc5tVV+q/5b678Muu2qXbb9kuYJj8JP7+pKRbyTu/3XmcdFp4l2w++xHfmN1ex/4ygK29YCfY4Py/wHa//Q83YAgzCd" +
    "ebH0m5wHY/PVK4jL27v184d9rNZ0+DSoy8hUVmxa797p/FEX/161m1ZbqiVZ/FUyOFLbp/XvXUElf17f1spHeAZc/ruduC1qXd3Tnt1JQdK3Vb" +
    "5e42Spowbr95zeVu46PHj4/cTt1WuTNkLs+kI0fVpmfX8zbJ/258+20+xwHF/zvk7s//o5y/rD6E4QhD1H0XYGDk9+fvN7qtOqXpo5E1j5xmqH" +
    "yOnvcm9oDX0e1vHbl/7du55MrRRevjkt6sVkoXrLdaqer0ZOXG3fJXGQwZxLa/YGj/96C6rvFDDxPIjp//D5n9TvvGYX/7//dvIlPSfj4389TM" +
    "DDuZ060VmbNh2+Z5jOy//jWxlHJNZiicm+YdFH9LfLfzy5Lf3vnqbxlY7svdr0vd5q3J+iilTMImaJXdjZjpKXwLr22/hTPNYHGAAQDTe7KQ8w" +
    "IAAA==",
);

/** macroblocks in fields, scales that are not linear: -flags +ildct+ilme -qmin 1 -qmax 10 -q:v 3 -non_linear_quant 1 */
export const interlaced = unzipped(
  "H4sIAAAAAAACA2NgYNzMzKAg/P//AwkGBsatIk0MjAxAwLiDgYPBgQHE4f//AyTT//+zAEiCUbrmhYB9BOMNvjC7Fw1mjGYMF1gYF/B77rTgap" +
    "jL6ZD85WGDVe0HsZ/cvF6cyU7lGlMvfv7Vx8TSoMpQf8qfRYFD0dCEvf7RTdWUB1xGAWciTatZFj9JWW7vHM7E/prBmvHU8fs8jCu3X2uQ5tqe" +
    "w5jlsIK5QGABC4OV5GGPzN+8Hkdyt3sFzbPkuGu7/VXY30AGP19FBhtGQwc1RQ2DljBNlt7fclN6TtzZ8t2zdvPy/ykMOUw5jAs4mB3kJhcViD" +
    "JaCTUcf3mYoeT3A91PYlJThI61vAvUXvz8ewYhi8IXMK7cwJCjdeuAFEMjg1TDm1kMb9rvGLAc7VFUfjSp6USy/L/3H3i3OwUINux3P8nx60WD" +
    "YENSpMm+wEjVaVFuihx3Nb3qc1py9v8Pu/G7g2HOLCeGCqakBh+ngESONUGc0t9sNSUn7sx8N+l3uv+/twwmjEwMpow3TRhv8u9I4OyWcHI/qs" +
    "o64Zj93/sPpPNaFigz1vVPEvz6giErh0GaqwEYJ0zSNXc2SIgwLGB8xvPCjfGmKcsGiaXOlbX/tP9M+n7k7MmIdMnby9P9d+9h4WTwYvg/ZR6H" +
    "g4BTUgbf/6ObvE4eEElZOGNT1jdO9xMn/eradjawJEhM89WfEuaZOm1ih5O5V9D824rS+v+vbrPbQYQl+ySYg/NLGG6E7kpo/HWA70DRxu8ujB" +
    "s4N7A1KPAyVPmePBDC8sKLWX45D+Pl9w3bT0RkBXhLCe90Wdc//0qBgAqjBvO/oApFBkfOzgXW/8VOaqszBE5qSzq5+oaqvLKq5S+pHbC094XB" +
    "1IyBtzV6G8NWhRDGHRwBTAyyPA+XmPxtW5Jkdnuppr9MS96821+161Y0qKtNaJBjmLFAWGCKhJO2SJPb334vt5S8qOol+25e/r+JgahE/HsLIY" +
    "tWX2C4coPBTJQBADqskPlVAwAA",
);

/** in a program stream: -q:v 2 -f vob */
export const program = unzipped(
  "H4sIAAAAAAACA2NgYNzlwsDCwMLYlnb+BwMD424GzsPG6QyK/x88eAbkPmB61tDIqcjAHD9RIOHZf6DIZmYGBeH//x9IANlbRboYGBmAgHEHAw" +
    "eDAwOIw/8fZMzW/v+fHRuADEbhnxcYO9hUpt4V4G4obUhgXnTAmLfGl2n3o/l/DFp+Ntmd1n+4bu8F42f1AQy1ByQbsi9McGZIShZz/pNdYsFy" +
    "e+FM1fWp77f5nzsbw5DE2KlafpjhyO3XDvys8TmMpzwXiDe8ZbBSNNQx/9v27eb2//+sc/+nvwr7p8Dr7MxgwtTB1HJUxMfhTPE3W5u0G1lVl2" +
    "/W/09h2MEewcZgpcNscP3IBe19mv8Pc/jPUH6z6Z/U67vMdunfM/CY+4UhKYdBjmtvAj/QK0nOvAxnTNgZrDwOHGGpmZRx/P/uP2zmTkUb/O8X" +
    "dC9imMKiyeuvsfbSlI8dTub//63ddvr/561HGLKkJBgXiDiIqGksSmJLnr/x5WOzw8HX5p3+/3sLww+gy1QMLvAcdihgXtLD4+B+Uq2n/vf+A8" +
    "kl6tosf79z7GWQmM3A3rQAGKxMwj93OSxikGZI7fqdJFkxjTVo+dOvk/af9PthXDhzx7ktb/aXO/DvYDbgrRLiSODxSTpR35vXzjC7xFhl65u9" +
    "307+vLkugSlAYImpzaLtXsHHFDnu//+17bb+/3NXTzJ1MOQwTtN+25H6KELUa/70a17/Va0fnD2W9tjq8qa/Hw4Ymn0HBb8PwxFmIa93HawHrA" +
    "4YMF5MkGzbp9YY+9H/n4RTzUH51Okfrse9kPxsv4LB7gHPAdMXHooNhobdiv9Md8kw5V44M+n6pu+31Z+nrWMwZDgyafcFxs4NDBVavxP4gnwZ" +
    "9rBnMF7k7Ezc/8Z829n9/z/ezv9tH7T9I56QUyDgiN0OuM39voBZOIHhQwgwTPexfPw/CkbBKBgFIwUAAN+t1l4ACAAA",
);

/** in a transport stream: -q:v 2 -f mpegts */
export const transport = unzipped(
  "H4sIAAAAAAACA3N3EBRgcPqgysB4kIHhP+N/BsY/DSIeQoxsbm65BanpnMGpRWWZyakGhuU1zqf+Dy7g7sAgwMCwgRfsdgbGDwxaG1k2/R8awD" +
    "0A6HamDUJgtz9k+MDABCLmdStfHAJud2QwYA9gYKjmqQOF+wMGhoYGVkUG9huJQN5mZgYF4f//H0gA2VtFuhgYGUBqdjBwMDgwgDj8/3+AZPr/" +
    "f3ZsADIYhX9eYOxgU5l6V4C7obQhgXnRAWPeGl+m3Y/m/zFo+dlkd1r/4bq9F4yf1Qcw1B6QbMi+MMGZISlZzPlPdokFy+2FM1XXp77f5n/ubA" +
    "xDEmOnavlhhiO3Xzvws8bnMJ7yXCDe8JbBStFQx/xv27eb2///s851Z2QQ/J/+KuyfAq+zM4MJUwdTy1ERH4czxd9sbdJuZFVdvln/P4VhB3sE" +
    "G4OVDrPB9SMXtPdp/j/M4T9D+c2mf1Kv7zLbpX/PwG422NwvDEk5DHJcexP4gd5JcuZlOGPCzmDlceAIS82kjOP/d/9hM3cq2uB/v6B7EcMUFk" +
    "1ef421l6Z87HAy//9v7bbT/z9vPcKQJSXBuEDEQURNY1ESW/L8jS8fmx0OvjbvNNDtQv9/b2H4AXSdisEFnsMOBcxLengc3E+q9dT/3n8guURd" +
    "m+Xvd469DBKzGdibFgCDl0n45y6HRQzSDKldv5MkK6axBi1/+nXS/pN+P4wLZ+44t+XN/nIH/h3MBrxVQhwJPD5JJ+p789oZZpcYq2x9s/fbyZ" +
    "831yUwBQgsMbVZtN0r+Jgix/3/v7bd1v9/7upJpg6GHMZp2m87Uh9FiHrNn37N67+q9YOzx9IeW13e9PfDAUOz76Bo8GE4wizk9a4D6HZh1gNW" +
    "BwwYLyZItu1Ta4z96P9PwqnmoHzq9A/X415IfrZfwWD3gOeA6QsPxQZDw27Ff6a7ZJhyL5yZdH3T99vqz9PWMRgyHJm0+wJj5waGCq3fCXxBvg" +
    "x72DMYL3J2Ju5/Y77t7P7/H2/n/7YP2v4RZwj+/61AwBG7HTDNBbrdZDnDEClYoGHwfQGzcALDhxAA1P96LOAFAAA=",
);

function unzipped(base64: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gunzipSync(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))));
}
