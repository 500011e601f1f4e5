"""The box's tables as a clinic's developers may have planned them by themselves, without what the box adds."""
from datetime import datetime

from .extensions import db


class DicomStudy(db.Model):
    __tablename__ = "dicom_studies"
    id = db.Column(db.Integer, primary_key=True)
    study_instance_uid = db.Column(db.String(64), unique=True)
    patient_id = db.Column(db.String(36), db.ForeignKey("patients.id"))
    study_date = db.Column(db.Date)
    study_description = db.Column(db.String(255))
    accession_number = db.Column(db.String(64))
    created_at = db.Column(db.DateTime, default=datetime.utcnow)
    updated_at = db.Column(db.DateTime, default=datetime.utcnow)


class DicomSeries(db.Model):
    __tablename__ = "dicom_series"
    id = db.Column(db.Integer, primary_key=True)
    series_instance_uid = db.Column(db.String(64), unique=True)
    study_id = db.Column(db.Integer, db.ForeignKey("dicom_studies.id"))
    modality = db.Column(db.String(16))
    series_description = db.Column(db.String(255))
    body_part = db.Column(db.String(64))
    created_at = db.Column(db.DateTime, default=datetime.utcnow)
    updated_at = db.Column(db.DateTime, default=datetime.utcnow)


class DicomImage(db.Model):
    __tablename__ = "dicom_images"
    id = db.Column(db.Integer, primary_key=True)
    sop_instance_uid = db.Column(db.String(64), unique=True)
    series_id = db.Column(db.Integer, db.ForeignKey("dicom_series.id"))
    file_path = db.Column(db.String(512))
    thumbnail_path = db.Column(db.String(512))
    image_number = db.Column(db.Integer)
    created_at = db.Column(db.DateTime, default=datetime.utcnow)
    updated_at = db.Column(db.DateTime, default=datetime.utcnow)


class Measurement(db.Model):
    __tablename__ = "measurements"
    id = db.Column(db.Integer, primary_key=True)
    study_id = db.Column(db.Integer, db.ForeignKey("dicom_studies.id"))
    measurement_type = db.Column(db.String(128))
    value = db.Column(db.Float)
    unit = db.Column(db.String(32))
    body_part = db.Column(db.String(64))
    notes = db.Column(db.Text)
    created_at = db.Column(db.DateTime, default=datetime.utcnow)
    updated_at = db.Column(db.DateTime, default=datetime.utcnow)
