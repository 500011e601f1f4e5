"""Sonodesk's tables in the clinic's database, as SQLAlchemy models: printed by `sonodesk clinic-models`.

They match what `sonodesk clinic-sql` makes; with them in the clinic's program, `flask db migrate` finds nothing to do
but, where Alembic reads indexes of expressions, `ix_sonodesk_people` on the people, which `include_object` below leaves
alone.
Change the first import to where your `db` is. Your own model of appointments needs two columns, which the box fills:

    mwl_sent = db.Column(db.Boolean, default=False, index=True)
    accession_number = db.Column(db.String(16))

and an index on its `date` (index=True). Whoever wants none of this in the program's models, and Alembic to leave alone
what it does not know of the box's, gives it `include_object` below instead:

    migrate = Migrate(app, db, include_object=include_object)
"""
from sqlalchemy.dialects.postgresql import JSONB

from app.extensions import db


def _stamp():
    return db.Column(db.DateTime(timezone=True), nullable=False, server_default=db.func.now())


class DicomStudy(db.Model):
    __tablename__ = "dicom_studies"
    __table_args__ = (
        db.Index("uq_dicom_studies_uid", "study_instance_uid", unique=True),
        db.Index("ix_dicom_studies_patient_id", "patient_id"),
        db.Index("ix_dicom_studies_appointment_id", "appointment_id"),
    )
    id = db.Column(db.Integer, db.Identity(), primary_key=True)
    study_instance_uid = db.Column(db.String(64), unique=True, nullable=False)
    # of the type of patients.id
    patient_id = db.Column(db.ForeignKey("patients.id"), nullable=False)
    study_date = db.Column(db.Date)
    study_description = db.Column(db.Text)
    accession_number = db.Column(db.String(16))
    appointment_id = db.Column(
        db.Text,
        comment="The appointment the box matched it to, appointments.id as text; empty while nobody knows",
    )
    created_at = _stamp()
    updated_at = _stamp()

    series = db.relationship("DicomSeries", backref="study")
    measurements = db.relationship("Measurement", backref="study", order_by="Measurement.position")


class DicomSeries(db.Model):
    __tablename__ = "dicom_series"
    __table_args__ = (
        db.Index("uq_dicom_series_uid", "series_instance_uid", unique=True),
        db.Index("ix_dicom_series_study_id", "study_id"),
    )
    id = db.Column(db.Integer, db.Identity(), primary_key=True)
    series_instance_uid = db.Column(db.String(64), unique=True, nullable=False)
    study_id = db.Column(db.Integer, db.ForeignKey("dicom_studies.id"), nullable=False)
    modality = db.Column(db.String(16))
    series_description = db.Column(db.Text)
    body_part = db.Column(db.String(64))
    created_at = _stamp()
    updated_at = _stamp()

    images = db.relationship("DicomImage", backref="series", order_by="DicomImage.image_number")


class DicomImage(db.Model):
    __tablename__ = "dicom_images"
    __table_args__ = (
        db.Index("uq_dicom_images_uid", "sop_instance_uid", unique=True),
        db.Index("ix_dicom_images_series_id", "series_id"),
    )
    id = db.Column(db.Integer, db.Identity(), primary_key=True)
    sop_instance_uid = db.Column(db.String(64), unique=True, nullable=False)
    series_id = db.Column(db.Integer, db.ForeignKey("dicom_series.id"), nullable=False)
    file_path = db.Column(
        db.Text,
        comment="Below the archive folder of the box; the file itself: "
        "https://<box>/api/instances/<sop_instance_uid>/file",
    )
    thumbnail_path = db.Column(db.Text, comment="The address of the thumbnail on the box")
    image_number = db.Column(db.Integer)
    attention = db.Column(
        db.Text,
        comment="Why a person should look at this image before relying on it; empty when all is well",
    )
    created_at = _stamp()
    updated_at = _stamp()


class Measurement(db.Model):
    __tablename__ = "measurements"
    __table_args__ = (
        db.Index("uq_measurements_place", "sop_instance_uid", "position", unique=True),
        db.Index("ix_measurements_study_id", "study_id"),
    )
    id = db.Column(db.Integer, db.Identity(), primary_key=True)
    study_id = db.Column(db.Integer, db.ForeignKey("dicom_studies.id"), nullable=False)
    measurement_type = db.Column(db.Text, nullable=False)
    value = db.Column(db.Numeric, nullable=False)
    unit = db.Column(db.Text)
    body_part = db.Column(db.Text)
    notes = db.Column(db.Text)
    sop_instance_uid = db.Column(db.String(64))
    position = db.Column(db.Integer, comment="Its place in the report sop_instance_uid, from 0")
    code = db.Column(db.Text, comment="What was measured, as scheme:value")
    laterality = db.Column(db.Text)
    context = db.Column(JSONB, comment="Everything else that qualifies the value: fetus, method, selection and so on")
    created_at = _stamp()
    updated_at = _stamp()


_OURS = {"dicom_studies", "dicom_series", "dicom_images", "measurements"}
_OURS_OF_THEIRS = {
    ("appointments", "mwl_sent"),
    ("appointments", "accession_number"),
    ("appointments", "ix_appointments_date"),
    ("appointments", "ix_appointments_mwl_sent"),
}


def include_object(object, name, type_, reflected, compare_to):
    """Alembic: leaves alone what is in the database for the box and in no model of the program."""
    if not reflected or compare_to is not None:
        return True
    if type_ == "index" and name is not None and name.startswith("ix_sonodesk_"):
        return False
    table = name if type_ == "table" else object.table.name
    return table not in _OURS and (table, name) not in _OURS_OF_THEIRS
