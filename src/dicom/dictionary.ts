/** A value representation (PS3.5 6.2). `UN` is what an implicit data set's unknown attribute has. */
export type Vr =
  | "AE"
  | "AS"
  | "AT"
  | "CS"
  | "DA"
  | "DS"
  | "DT"
  | "FL"
  | "FD"
  | "IS"
  | "LO"
  | "LT"
  | "OB"
  | "OD"
  | "OF"
  | "OL"
  | "OV"
  | "OW"
  | "PN"
  | "SH"
  | "SL"
  | "SQ"
  | "SS"
  | "ST"
  | "SV"
  | "TM"
  | "UC"
  | "UI"
  | "UL"
  | "UN"
  | "UR"
  | "US"
  | "UT"
  | "UV";

/**
 * The attributes that the box itself reads, matches, answers or writes, by keyword (PS3.6). Others pass through
 * untouched, since stored objects are never re-encoded; in an implicit data set they are read as UN.
 */
const ATTRIBUTES = {
  // command set, group 0000 (PS3.7 E)
  CommandGroupLength: [0x00000000, "UL"],
  AffectedSOPClassUID: [0x00000002, "UI"],
  RequestedSOPClassUID: [0x00000003, "UI"],
  CommandField: [0x00000100, "US"],
  MessageID: [0x00000110, "US"],
  MessageIDBeingRespondedTo: [0x00000120, "US"],
  MoveDestination: [0x00000600, "AE"],
  Priority: [0x00000700, "US"],
  CommandDataSetType: [0x00000800, "US"],
  Status: [0x00000900, "US"],
  OffendingElement: [0x00000901, "AT"],
  ErrorComment: [0x00000902, "LO"],
  ErrorID: [0x00000903, "US"],
  AffectedSOPInstanceUID: [0x00001000, "UI"],
  RequestedSOPInstanceUID: [0x00001001, "UI"],
  EventTypeID: [0x00001002, "US"],
  AttributeIdentifierList: [0x00001005, "AT"],
  ActionTypeID: [0x00001008, "US"],
  NumberOfRemainingSuboperations: [0x00001020, "US"],
  NumberOfCompletedSuboperations: [0x00001021, "US"],
  NumberOfFailedSuboperations: [0x00001022, "US"],
  NumberOfWarningSuboperations: [0x00001023, "US"],
  MoveOriginatorApplicationEntityTitle: [0x00001030, "AE"],
  MoveOriginatorMessageID: [0x00001031, "US"],

  // file meta information, group 0002 (PS3.10 7.1)
  FileMetaInformationGroupLength: [0x00020000, "UL"],
  FileMetaInformationVersion: [0x00020001, "OB"],
  MediaStorageSOPClassUID: [0x00020002, "UI"],
  MediaStorageSOPInstanceUID: [0x00020003, "UI"],
  TransferSyntaxUID: [0x00020010, "UI"],
  ImplementationClassUID: [0x00020012, "UI"],
  ImplementationVersionName: [0x00020013, "SH"],
  SourceApplicationEntityTitle: [0x00020016, "AE"],

  // identification, patient, study, series
  SpecificCharacterSet: [0x00080005, "CS"],
  ImageType: [0x00080008, "CS"],
  InstanceCreationDate: [0x00080012, "DA"],
  InstanceCreationTime: [0x00080013, "TM"],
  SOPClassUID: [0x00080016, "UI"],
  SOPInstanceUID: [0x00080018, "UI"],
  StudyDate: [0x00080020, "DA"],
  SeriesDate: [0x00080021, "DA"],
  ContentDate: [0x00080023, "DA"],
  StudyTime: [0x00080030, "TM"],
  SeriesTime: [0x00080031, "TM"],
  ContentTime: [0x00080033, "TM"],
  AccessionNumber: [0x00080050, "SH"],
  IssuerOfAccessionNumberSequence: [0x00080051, "SQ"],
  QueryRetrieveLevel: [0x00080052, "CS"],
  RetrieveAETitle: [0x00080054, "AE"],
  AvailableTransferSyntaxUID: [0x00083002, "UI"],
  InstanceAvailability: [0x00080056, "CS"],
  FailedSOPInstanceUIDList: [0x00080058, "UI"],
  Modality: [0x00080060, "CS"],
  ModalitiesInStudy: [0x00080061, "CS"],
  SOPClassesInStudy: [0x00080062, "UI"],
  Manufacturer: [0x00080070, "LO"],
  InstitutionName: [0x00080080, "LO"],
  InstitutionAddress: [0x00080081, "ST"],
  ReferringPhysicianName: [0x00080090, "PN"],
  CodeValue: [0x00080100, "SH"],
  CodingSchemeDesignator: [0x00080102, "SH"],
  CodingSchemeVersion: [0x00080103, "SH"],
  CodeMeaning: [0x00080104, "LO"],
  MappingResource: [0x00080105, "CS"],
  LongCodeValue: [0x00080119, "UC"],
  URNCodeValue: [0x00080120, "UR"],
  ContextIdentifier: [0x0008010f, "CS"],
  TimezoneOffsetFromUTC: [0x00080201, "SH"],
  StationName: [0x00081010, "SH"],
  StudyDescription: [0x00081030, "LO"],
  ProcedureCodeSequence: [0x00081032, "SQ"],
  SeriesDescription: [0x0008103e, "LO"],
  InstitutionalDepartmentName: [0x00081040, "LO"],
  PerformingPhysicianName: [0x00081050, "PN"],
  NameOfPhysiciansReadingStudy: [0x00081060, "PN"],
  OperatorsName: [0x00081070, "PN"],
  AdmittingDiagnosesDescription: [0x00081080, "LO"],
  AdmittingDiagnosesCodeSequence: [0x00081084, "SQ"],
  ManufacturerModelName: [0x00081090, "LO"],
  ReferencedStudySequence: [0x00081110, "SQ"],
  ReferencedPerformedProcedureStepSequence: [0x00081111, "SQ"],
  ReferencedSeriesSequence: [0x00081115, "SQ"],
  ReferencedPatientSequence: [0x00081120, "SQ"],
  ReferencedImageSequence: [0x00081140, "SQ"],
  ReferencedSOPClassUID: [0x00081150, "UI"],
  ReferencedSOPInstanceUID: [0x00081155, "UI"],
  ReferencedFrameNumber: [0x00081160, "IS"],
  RetrieveURL: [0x00081190, "UR"],
  TransactionUID: [0x00081195, "UI"],
  FailureReason: [0x00081197, "US"],
  FailedSOPSequence: [0x00081198, "SQ"],
  ReferencedSOPSequence: [0x00081199, "SQ"],
  PatientName: [0x00100010, "PN"],
  PatientID: [0x00100020, "LO"],
  IssuerOfPatientID: [0x00100021, "LO"],
  IssuerOfPatientIDQualifiersSequence: [0x00100024, "SQ"],
  PatientBirthDate: [0x00100030, "DA"],
  PatientBirthTime: [0x00100032, "TM"],
  PatientSex: [0x00100040, "CS"],
  OtherPatientIDs: [0x00101000, "LO"],
  OtherPatientNames: [0x00101001, "PN"],
  OtherPatientIDsSequence: [0x00101002, "SQ"],
  PatientAge: [0x00101010, "AS"],
  PatientSize: [0x00101020, "DS"],
  PatientWeight: [0x00101030, "DS"],
  PatientAddress: [0x00101040, "LO"],
  MedicalAlerts: [0x00102000, "LO"],
  Allergies: [0x00102110, "LO"],
  CountryOfResidence: [0x00102150, "LO"],
  PatientTelephoneNumbers: [0x00102154, "SH"],
  EthnicGroup: [0x00102160, "SH"],
  Occupation: [0x00102180, "SH"],
  SmokingStatus: [0x001021a0, "CS"],
  AdditionalPatientHistory: [0x001021b0, "LT"],
  PregnancyStatus: [0x001021c0, "US"],
  LastMenstrualDate: [0x001021d0, "DA"],
  PatientReligiousPreference: [0x001021f0, "LO"],
  PatientComments: [0x00104000, "LT"],
  ContrastBolusAgent: [0x00180010, "LO"],
  BodyPartExamined: [0x00180015, "CS"],
  CineRate: [0x00180040, "IS"],
  EffectiveDuration: [0x00180072, "DS"],
  DeviceSerialNumber: [0x00181000, "LO"],
  SoftwareVersions: [0x00181020, "LO"],
  ProtocolName: [0x00181030, "LO"],
  FrameTime: [0x00181063, "DS"],
  FrameTimeVector: [0x00181065, "DS"],
  PreferredPlaybackSequencing: [0x00181244, "US"],
  SequenceOfUltrasoundRegions: [0x00186011, "SQ"],
  RegionSpatialFormat: [0x00186012, "US"],
  RegionDataType: [0x00186014, "US"],
  RegionFlags: [0x00186016, "UL"],
  RegionLocationMinX0: [0x00186018, "UL"],
  RegionLocationMinY0: [0x0018601a, "UL"],
  RegionLocationMaxX1: [0x0018601c, "UL"],
  RegionLocationMaxY1: [0x0018601e, "UL"],
  ReferencePixelX0: [0x00186020, "SL"],
  ReferencePixelY0: [0x00186022, "SL"],
  PhysicalUnitsXDirection: [0x00186024, "US"],
  PhysicalUnitsYDirection: [0x00186026, "US"],
  ReferencePixelPhysicalValueX: [0x00186028, "FD"],
  ReferencePixelPhysicalValueY: [0x0018602a, "FD"],
  PhysicalDeltaX: [0x0018602c, "FD"],
  PhysicalDeltaY: [0x0018602e, "FD"],
  StudyInstanceUID: [0x0020000d, "UI"],
  SeriesInstanceUID: [0x0020000e, "UI"],
  StudyID: [0x00200010, "SH"],
  SeriesNumber: [0x00200011, "IS"],
  InstanceNumber: [0x00200013, "IS"],
  PatientOrientation: [0x00200020, "CS"],
  Laterality: [0x00200060, "CS"],
  NumberOfPatientRelatedStudies: [0x00201200, "IS"],
  NumberOfPatientRelatedSeries: [0x00201202, "IS"],
  NumberOfPatientRelatedInstances: [0x00201204, "IS"],
  NumberOfStudyRelatedSeries: [0x00201206, "IS"],
  NumberOfStudyRelatedInstances: [0x00201208, "IS"],
  NumberOfSeriesRelatedInstances: [0x00201209, "IS"],
  ImageComments: [0x00204000, "LT"],

  // image pixel (PS3.3 C.7.6.3)
  SamplesPerPixel: [0x00280002, "US"],
  PhotometricInterpretation: [0x00280004, "CS"],
  PlanarConfiguration: [0x00280006, "US"],
  NumberOfFrames: [0x00280008, "IS"],
  FrameIncrementPointer: [0x00280009, "AT"],
  Rows: [0x00280010, "US"],
  Columns: [0x00280011, "US"],
  PixelSpacing: [0x00280030, "DS"],
  PixelAspectRatio: [0x00280034, "IS"],
  BitsAllocated: [0x00280100, "US"],
  BitsStored: [0x00280101, "US"],
  HighBit: [0x00280102, "US"],
  PixelRepresentation: [0x00280103, "US"],
  WindowCenter: [0x00281050, "DS"],
  WindowWidth: [0x00281051, "DS"],
  RescaleIntercept: [0x00281052, "DS"],
  RescaleSlope: [0x00281053, "DS"],
  VOILUTFunction: [0x00281056, "CS"],
  RedPaletteColorLookupTableDescriptor: [0x00281101, "US"],
  GreenPaletteColorLookupTableDescriptor: [0x00281102, "US"],
  BluePaletteColorLookupTableDescriptor: [0x00281103, "US"],
  RedPaletteColorLookupTableData: [0x00281201, "OW"],
  GreenPaletteColorLookupTableData: [0x00281202, "OW"],
  BluePaletteColorLookupTableData: [0x00281203, "OW"],
  SegmentedRedPaletteColorLookupTableData: [0x00281221, "OW"],
  SegmentedGreenPaletteColorLookupTableData: [0x00281222, "OW"],
  SegmentedBluePaletteColorLookupTableData: [0x00281223, "OW"],
  LossyImageCompression: [0x00282110, "CS"],
  LossyImageCompressionRatio: [0x00282112, "DS"],
  LossyImageCompressionMethod: [0x00282114, "CS"],
  ModalityLUTSequence: [0x00283000, "SQ"],
  LUTDescriptor: [0x00283002, "US"],
  LUTData: [0x00283006, "OW"],
  VOILUTSequence: [0x00283010, "SQ"],
  EncapsulatedDocumentLength: [0x00420015, "UL"],
  PixelMeasuresSequence: [0x00289110, "SQ"],
  SharedFunctionalGroupsSequence: [0x52009229, "SQ"],
  PerFrameFunctionalGroupsSequence: [0x52009230, "SQ"],
  PresentationLUTShape: [0x20500020, "CS"],
  RecommendedDisplayFrameRate: [0x00082144, "IS"],
  ActualFrameDuration: [0x00181242, "IS"],
  StartTrim: [0x00082142, "IS"],
  StopTrim: [0x00082143, "IS"],
  FrameContentSequence: [0x00209111, "SQ"],
  FrameAcquisitionDateTime: [0x00189074, "DT"],
  FrameReferenceDateTime: [0x00189151, "DT"],
  FrameAcquisitionDuration: [0x00189220, "FD"],
  TemporalPositionSequence: [0x00209310, "SQ"],
  TemporalPositionTimeOffset: [0x0020930d, "FD"],

  // procedures: requested, scheduled, performed
  RequestingPhysician: [0x00321032, "PN"],
  RequestingService: [0x00321033, "LO"],
  RequestedProcedureDescription: [0x00321060, "LO"],
  RequestedProcedureCodeSequence: [0x00321064, "SQ"],
  RequestedContrastAgent: [0x00321070, "LO"],
  ReferencedPatientAliasSequence: [0x00380004, "SQ"],
  AdmissionID: [0x00380010, "LO"],
  IssuerOfAdmissionID: [0x00380011, "LO"],
  SpecialNeeds: [0x00380050, "LO"],
  ServiceEpisodeID: [0x00380060, "LO"],
  CurrentPatientLocation: [0x00380300, "LO"],
  PatientState: [0x00380500, "LO"],
  ScheduledStationAETitle: [0x00400001, "AE"],
  ScheduledProcedureStepStartDate: [0x00400002, "DA"],
  ScheduledProcedureStepStartTime: [0x00400003, "TM"],
  ScheduledProcedureStepEndDate: [0x00400004, "DA"],
  ScheduledProcedureStepEndTime: [0x00400005, "TM"],
  ScheduledPerformingPhysicianName: [0x00400006, "PN"],
  ScheduledProcedureStepDescription: [0x00400007, "LO"],
  ScheduledProtocolCodeSequence: [0x00400008, "SQ"],
  ScheduledProcedureStepID: [0x00400009, "SH"],
  ScheduledStationName: [0x00400010, "SH"],
  ScheduledProcedureStepLocation: [0x00400011, "SH"],
  PreMedication: [0x00400012, "LO"],
  ScheduledProcedureStepStatus: [0x00400020, "CS"],
  ScheduledProcedureStepSequence: [0x00400100, "SQ"],
  ReferencedNonImageCompositeSOPInstanceSequence: [0x00400220, "SQ"],
  PerformedStationAETitle: [0x00400241, "AE"],
  PerformedStationName: [0x00400242, "SH"],
  PerformedLocation: [0x00400243, "SH"],
  PerformedProcedureStepStartDate: [0x00400244, "DA"],
  PerformedProcedureStepStartTime: [0x00400245, "TM"],
  PerformedProcedureStepEndDate: [0x00400250, "DA"],
  PerformedProcedureStepEndTime: [0x00400251, "TM"],
  PerformedProcedureStepStatus: [0x00400252, "CS"],
  PerformedProcedureStepID: [0x00400253, "SH"],
  PerformedProcedureStepDescription: [0x00400254, "LO"],
  PerformedProcedureTypeDescription: [0x00400255, "LO"],
  PerformedProtocolCodeSequence: [0x00400260, "SQ"],
  ScheduledStepAttributesSequence: [0x00400270, "SQ"],
  RequestAttributesSequence: [0x00400275, "SQ"],
  CommentsOnThePerformedProcedureStep: [0x00400280, "ST"],
  PerformedProcedureStepDiscontinuationReasonCodeSequence: [0x00400281, "SQ"],
  PerformedSeriesSequence: [0x00400340, "SQ"],
  CommentsOnTheScheduledProcedureStep: [0x00400400, "LT"],
  RequestedProcedureID: [0x00401001, "SH"],
  ReasonForTheRequestedProcedure: [0x00401002, "LO"],
  RequestedProcedurePriority: [0x00401003, "SH"],
  PatientTransportArrangements: [0x00401004, "LO"],
  RequestedProcedureLocation: [0x00401005, "LO"],
  PlacerOrderNumberProcedure: [0x00401006, "SH"],
  ConfidentialityCode: [0x00401008, "LO"],
  ReportingPriority: [0x00401009, "SH"],
  NamesOfIntendedRecipientsOfResults: [0x00401010, "PN"],
  RequestedProcedureComments: [0x00401400, "LT"],
  ReasonForTheImagingServiceRequest: [0x00402001, "LO"],
  IssueDateOfImagingServiceRequest: [0x00402004, "DA"],
  PlacerOrderNumberImagingServiceRequest: [0x00402016, "LO"],
  FillerOrderNumberImagingServiceRequest: [0x00402017, "LO"],
  ImagingServiceRequestComments: [0x00402400, "LT"],
  ConfidentialityConstraintOnPatientDataDescription: [0x00403001, "LO"],

  // structured reports (PS3.3 C.17)
  AcquisitionContextSequence: [0x00400555, "SQ"],
  MeasurementUnitsCodeSequence: [0x004008ea, "SQ"],
  NumericValueQualifierCodeSequence: [0x0040a301, "SQ"],
  RelationshipType: [0x0040a010, "CS"],
  VerificationFlag: [0x0040a493, "CS"],
  CompletionFlag: [0x0040a491, "CS"],
  ValueType: [0x0040a040, "CS"],
  ConceptNameCodeSequence: [0x0040a043, "SQ"],
  ContinuityOfContent: [0x0040a050, "CS"],
  DateTime: [0x0040a120, "DT"],
  Date: [0x0040a121, "DA"],
  Time: [0x0040a122, "TM"],
  PersonName: [0x0040a123, "PN"],
  UID: [0x0040a124, "UI"],
  TextValue: [0x0040a160, "UT"],
  FloatingPointValue: [0x0040a161, "FD"],
  ConceptCodeSequence: [0x0040a168, "SQ"],
  MeasuredValueSequence: [0x0040a300, "SQ"],
  NumericValue: [0x0040a30a, "DS"],
  PredecessorDocumentsSequence: [0x0040a360, "SQ"],
  ReferencedRequestSequence: [0x0040a370, "SQ"],
  CurrentRequestedProcedureEvidenceSequence: [0x0040a375, "SQ"],
  PertinentOtherEvidenceSequence: [0x0040a385, "SQ"],
  ContentTemplateSequence: [0x0040a504, "SQ"],
  TemplateIdentifier: [0x0040db00, "CS"],
  ContentSequence: [0x0040a730, "SQ"],
  ReferencedContentItemIdentifier: [0x0040db73, "UL"],

  // what an object was before it was corrected (PS3.3 C.12.1)
  ModifiedAttributesSequence: [0x04000550, "SQ"],
  OriginalAttributesSequence: [0x04000561, "SQ"],
  AttributeModificationDateTime: [0x04000562, "DT"],
  ModifyingSystem: [0x04000563, "LO"],
  SourceOfPreviousValues: [0x04000564, "LO"],
  ReasonForTheAttributeModification: [0x04000565, "CS"],

  ExtendedOffsetTable: [0x7fe00001, "OV"],
  ExtendedOffsetTableLengths: [0x7fe00002, "OV"],
  PixelData: [0x7fe00010, "OW"],
  FloatPixelData: [0x7fe00008, "OF"],
  DoubleFloatPixelData: [0x7fe00009, "OD"],
  DataSetTrailingPadding: [0xfffcfffc, "OB"],
} as const satisfies Record<string, readonly [number, Vr]>;

/** Keyword of an attribute that the program knows by name (PS3.6 6). */
export type Keyword = keyof typeof ATTRIBUTES;

/** An attribute's tag: group in the upper 16 bits, element in the lower ones. */
export const Tag: Readonly<Record<Keyword, number>> = Object.fromEntries(
  Object.entries(ATTRIBUTES).map(([keyword, [tag]]) => [keyword, tag]),
) as Record<Keyword, number>;

const byTag = new Map<number, { keyword: Keyword; vr: Vr }>(
  Object.entries(ATTRIBUTES).map(([keyword, [tag, vr]]) => [tag, { keyword: keyword as Keyword, vr }]),
);

/** The VR that an attribute has when the data set does not say it (PS3.5 A.1); UN for those the box does not know. */
export function vrOf(tag: number): Vr {
  if ((tag & 0xffff) === 0) return "UL"; // a group length, retired but still sent
  return byTag.get(tag)?.vr ?? "UN";
}

/** An attribute's keyword, or its tag as `(gggg,eeee)`. */
export function nameOf(tag: number): string {
  return byTag.get(tag)?.keyword ?? formatTag(tag);
}

/** A tag as people write it: `(0010,0020)`. */
export function formatTag(tag: number): string {
  const hex = (tag >>> 0).toString(16).padStart(8, "0");
  return `(${hex.slice(0, 4)},${hex.slice(4)})`;
}
