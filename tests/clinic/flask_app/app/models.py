import os
from datetime import datetime

from .extensions import db


class Patient(db.Model):
    __tablename__ = "patients"
    id = db.Column(db.String(36), primary_key=True)
    first_name = db.Column(db.String(80), nullable=False)
    last_name = db.Column(db.String(80))
    birth_date = db.Column(db.Date)
    gender = db.Column(db.String(10))
    created_at = db.Column(db.DateTime, default=datetime.utcnow)


class Appointment(db.Model):
    __tablename__ = "appointments"
    id = db.Column(db.Integer, primary_key=True)
    patient_id = db.Column(db.String(36), db.ForeignKey("patients.id"), nullable=False)
    doctor = db.Column(db.String(120))
    department = db.Column(db.String(120))
    date = db.Column(db.Date, nullable=False, index=os.environ.get("SONODESK_MODELS") == "models")
    time = db.Column(db.Time)
    status = db.Column(db.String(20), default="scheduled")
    if os.environ.get("SONODESK_MODELS") == "models":
        mwl_sent = db.Column(db.Boolean, default=False, index=True)
        accession_number = db.Column(db.String(16))


class User(db.Model):
    __tablename__ = "users"
    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(80), unique=True, nullable=False)
    password_hash = db.Column(db.String(255), nullable=False)
    role = db.Column(db.String(20), nullable=False)
