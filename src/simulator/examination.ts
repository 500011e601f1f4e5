import { Canvas } from "./canvas.ts";
import {
  type Elements,
  fromFile,
  identityElements,
  type Instance,
  newUid,
  StorageClass,
  type Study,
  TransferSyntax,
} from "./dicom_object.ts";
import { drawCaption } from "./machine_screen.ts";
import { obgynReport, secondTrimesterExamination } from "./obgyn_report.ts";
import { seededRandom, seedFromText } from "./random.ts";
import { decodeRunLength, encodeRunLength } from "./run_length.ts";
import type { StoredObject } from "./peer.ts";
import type { WorklistItem } from "./worklist.ts";

/**
 * One patient's examination at the virtual machine: its objects are made one by one, each when it is "taken", from the
 * project's fixtures with the patient's own identity, caption and new UIDs.
 */
export class Examination {
  readonly study: Study;
  readonly #imageSeries = newUid();
  readonly #reportSeries = newUid();
  #images = 0;

  /** @param started when the examination began; becomes the study's date and time */
  constructor(item: WorklistItem, started: Date) {
    const moment = dicomMoment(started);
    this.study = {
      patientName: item.patientName,
      patientId: item.patientId,
      patientBirthDate: item.patientBirthDate,
      patientSex: item.patientSex,
      // A machine that gets no UID from the worklist makes one up.
      studyInstanceUid: item.studyInstanceUid || newUid(),
      studyId: item.requestedProcedureId.slice(0, 16),
      studyDate: moment.date,
      studyTime: moment.time,
      studyDescription: item.description,
      accessionNumber: item.accessionNumber,
      referringPhysicianName: item.referringPhysicianName,
    };
  }

  /**
   * What is taken, in order: two stills, a cine loop, and the measurements' report. A man has his gallbladder imaged
   * instead of a fetus, and no obstetric report.
   */
  steps(): ((moment: Date) => Promise<StoredObject>)[] {
    const images = [
      (moment: Date) => this.#still("RGB still", moment),
      (moment: Date) => this.#runLengthStill(moment),
      (moment: Date) => this.#cine(moment),
    ];
    return this.study.patientSex === "M" ? images : [...images, (moment) => this.#report(moment)];
  }

  async #still(label: string, moment: Date): Promise<StoredObject> {
    const man = this.study.patientSex === "M";
    const { elements } = await template(man ? "us_palette.dcm" : "us_rgb.dcm");
    const instance = this.#nextImage(moment);
    const canvas = this.#captioned(elements, man ? throughPalette(elements) : plainPixels(elements), instance);
    return {
      label,
      elements: {
        ...withoutPalette(elements),
        ...identityElements(StorageClass.Ultrasound, "US", this.study, instance),
        AcquisitionDateTime: instance.date + instance.time,
        SamplesPerPixel: 3,
        PhotometricInterpretation: "RGB",
        PlanarConfiguration: 0,
        PixelData: canvas.pixels.buffer,
        _vrMap: { PixelData: "OB" },
      },
      transferSyntax: TransferSyntax.ExplicitLittleEndian,
    };
  }

  async #runLengthStill(moment: Date): Promise<StoredObject> {
    const { elements } = await template("us_rle.dcm");
    const instance = this.#nextImage(moment);
    const [frame] = elements.PixelData as ArrayBuffer[];
    const samples = Number(elements.Rows) * Number(elements.Columns);
    const canvas = this.#captioned(elements, decodeRunLength(new Uint8Array(frame!), samples), instance);
    return {
      label: "RLE still",
      elements: {
        ...elements,
        ...identityElements(StorageClass.Ultrasound, "US", this.study, instance),
        AcquisitionDateTime: instance.date + instance.time,
        PixelData: [encodeRunLength(canvas.pixels, canvas.width).buffer],
      },
      transferSyntax: TransferSyntax.RunLength,
    };
  }

  async #cine(moment: Date): Promise<StoredObject> {
    const { elements } = await template("us_cine_jpeg.dcm");
    const instance = this.#nextImage(moment);
    return {
      label: "JPEG cine loop",
      elements: {
        ...elements,
        ...identityElements(StorageClass.UltrasoundMultiFrame, "US", this.study, instance),
        AcquisitionDateTime: instance.date + instance.time,
      },
      transferSyntax: TransferSyntax.JpegBaseline,
    };
  }

  #report(moment: Date): Promise<StoredObject> {
    const instance = this.#instance(this.#reportSeries, 2, 1, moment);
    const measured = secondTrimesterExamination(seededRandom(seedFromText(this.study.patientId)));
    return Promise.resolve({
      label: "OB-GYN report",
      elements: obgynReport(this.study, instance, measured),
      transferSyntax: TransferSyntax.ExplicitLittleEndian,
    });
  }

  #nextImage(moment: Date): Instance {
    return this.#instance(this.#imageSeries, 1, ++this.#images, moment);
  }

  #instance(seriesInstanceUid: string, seriesNumber: number, instanceNumber: number, moment: Date): Instance {
    return { sopInstanceUid: newUid(), seriesInstanceUid, seriesNumber, instanceNumber, ...dicomMoment(moment) };
  }

  #captioned(elements: Elements, pixels: Uint8Array, instance: Instance): Canvas {
    const canvas = new Canvas(Number(elements.Columns), Number(elements.Rows), pixels);
    const { patientName, patientId } = this.study;
    drawCaption(canvas, { patientName, patientId, date: instance.date, time: instance.time });
    return canvas;
  }
}

const templates = new Map<string, ReturnType<typeof fromFile>>();

/** A fixture by file name, read once. */
async function template(name: string): Promise<ReturnType<typeof fromFile>> {
  let object = templates.get(name);
  if (object === undefined) {
    object = fromFile(await Deno.readFile(new URL(`../../fixtures/dicom/${name}`, import.meta.url)));
    templates.set(name, object);
  }
  return object;
}

function firstBuffer(value: unknown): ArrayBuffer {
  return (Array.isArray(value) ? value[0] : value) as ArrayBuffer;
}

/** A copy of the template's RGB pixels. */
function plainPixels(elements: Elements): Uint8Array {
  return new Uint8Array(firstBuffer(elements.PixelData)).slice();
}

/** The RGB pixels of a PALETTE COLOR template (16-bit tables, PS3.3 C.7.6.3.1.6). */
function throughPalette(elements: Elements): Uint8Array {
  const tables = ["Red", "Green", "Blue"].map((colour) =>
    new Uint16Array(firstBuffer(elements[`${colour}PaletteColorLookupTableData`]))
  );
  const indexes = new Uint8Array(firstBuffer(elements.PixelData));
  const pixels = new Uint8Array(indexes.length * 3);
  for (let i = 0; i < indexes.length; i++) {
    for (let channel = 0; channel < 3; channel++) pixels[i * 3 + channel] = tables[channel]![indexes[i]!]! >> 8;
  }
  return pixels;
}

function withoutPalette(elements: Elements): Elements {
  return Object.fromEntries(Object.entries(elements).filter(([keyword]) => !keyword.includes("PaletteColorLookup")));
}

/** A moment as DICOM's DA and TM, local time. */
export function dicomMoment(moment: Date): { date: string; time: string } {
  const digits = (value: number, length = 2) => String(value).padStart(length, "0");
  return {
    date: digits(moment.getFullYear(), 4) + digits(moment.getMonth() + 1) + digits(moment.getDate()),
    time: digits(moment.getHours()) + digits(moment.getMinutes()) + digits(moment.getSeconds()),
  };
}
