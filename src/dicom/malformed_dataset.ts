/** A data set's bytes do not follow PS3.5 7: what is wrong and where, in words for a log or an Error Comment. */
export class MalformedDataset extends Error {
  /** As the class is called. */
  override name = "MalformedDataset";
}

/** The bytes end within an element. With more of the file at hand, reading may succeed. */
export class TruncatedDataset extends MalformedDataset {
  /** As the class is called. */
  override name = "TruncatedDataset";
}

/** An object has more elements than the box looks at in one. */
export class TooManyElements extends MalformedDataset {
  /** As the class is called. */
  override name = "TooManyElements";
}
