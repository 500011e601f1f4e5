import type { Page } from "playwright-core";

/** A second and a half of a moving bar, as H.264 in MPEG-4, by Chromium's own encoder. */
export async function recordedClip(page: Page): Promise<Uint8Array> {
  const base64 = await page.evaluate(async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 240 });
    const drawing = canvas.getContext("2d")!;
    const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: "video/mp4;codecs=avc1.42E01E" });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const stopped = new Promise((done) => recorder.onstop = done);
    recorder.start();
    const start = performance.now();
    for (let frame = 0; performance.now() - start < 1500; frame++) {
      drawing.fillStyle = "#202020";
      drawing.fillRect(0, 0, 320, 240);
      drawing.fillStyle = "#e0e0e0";
      drawing.fillRect(frame * 6 % 320, 40, 30, 160);
      await new Promise((next) => setTimeout(next, 40));
    }
    recorder.stop();
    await stopped;
    const url = new FileReader();
    url.readAsDataURL(new Blob(parts));
    await new Promise((done) => url.onload = done);
    return String(url.result).split(",")[1]!;
  });
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/** Two seconds of the same as bare H.264, by Chromium's own encoder. */
export async function encodedStream(page: Page): Promise<Uint8Array> {
  const parts = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(320, 240);
    const drawing = canvas.getContext("2d")!;
    const parts: number[][] = [];
    const encoder = new VideoEncoder({
      output: (chunk) => {
        const bytes = new Uint8Array(chunk.byteLength);
        chunk.copyTo(bytes);
        parts.push([...bytes]);
      },
      error: (error) => console.error(error),
    });
    encoder.configure({ codec: "avc1.42E01E", width: 320, height: 240, framerate: 25, avc: { format: "annexb" } });
    for (let frame = 0; frame < 50; frame++) {
      drawing.fillStyle = "#202020";
      drawing.fillRect(0, 0, 320, 240);
      drawing.fillStyle = "#e0e0e0";
      drawing.fillRect(frame * 6 % 320, 40, 30, 160);
      const picture = new VideoFrame(canvas, { timestamp: frame * 40_000 });
      encoder.encode(picture, { keyFrame: frame === 0 });
      picture.close();
    }
    await encoder.flush();
    return parts;
  });
  return Uint8Array.from(parts.flat());
}
