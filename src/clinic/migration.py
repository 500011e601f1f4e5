"""Sonodesk's tables, for a clinic that wants them in its own history of migrations.

Printed by `sonodesk clinic-models --migration`. Save it among your migrations and set `down_revision` to the latest one
(`flask db heads`). Where `sonodesk clinic-sql` was run before, it finds the tables there and changes nothing; it must be
run in any case, before or after: it makes the functions and the role that the box uses.
"""
from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "sonodesk_0001"
down_revision = None  # yours
branch_labels = None
depends_on = None


def _stamps():
    return [
        sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())
        for name in ("created_at", "updated_at")
    ]


def upgrade():
    inspector = sa.inspect(op.get_bind())
    there = set(inspector.get_table_names())
    columns = {column["name"]: column for column in inspector.get_columns("appointments")}
    if "mwl_sent" not in columns:
        op.add_column("appointments", sa.Column("mwl_sent", sa.Boolean(), server_default=sa.false()))
    if "accession_number" not in columns:
        op.add_column("appointments", sa.Column("accession_number", sa.String(16)))
    indexes = {index["name"] for index in inspector.get_indexes("appointments")}
    for column in ("date", "mwl_sent"):
        if f"ix_appointments_{column}" not in indexes:
            op.create_index(f"ix_appointments_{column}", "appointments", [column])
    if "dicom_studies" not in there:
        (patient_id,) = [column["type"] for column in inspector.get_columns("patients") if column["name"] == "id"]
        op.create_table(
            "dicom_studies",
            sa.Column("id", sa.Integer(), sa.Identity(), primary_key=True),
            sa.Column("study_instance_uid", sa.String(64), nullable=False, unique=True),
            sa.Column("patient_id", patient_id, sa.ForeignKey("patients.id"), nullable=False),
            sa.Column("study_date", sa.Date()),
            sa.Column("study_description", sa.Text()),
            sa.Column("accession_number", sa.String(16)),
            sa.Column("appointment_id", sa.Text(), comment="The appointment the box matched it to, appointments.id as text; empty while nobody knows"),
            *_stamps(),
        )
        op.create_index("uq_dicom_studies_uid", "dicom_studies", ["study_instance_uid"], unique=True)
        op.create_index("ix_dicom_studies_patient_id", "dicom_studies", ["patient_id"])
        op.create_index("ix_dicom_studies_appointment_id", "dicom_studies", ["appointment_id"])
    if "dicom_series" not in there:
        op.create_table(
            "dicom_series",
            sa.Column("id", sa.Integer(), sa.Identity(), primary_key=True),
            sa.Column("series_instance_uid", sa.String(64), nullable=False, unique=True),
            sa.Column("study_id", sa.Integer(), sa.ForeignKey("dicom_studies.id"), nullable=False),
            sa.Column("modality", sa.String(16)),
            sa.Column("series_description", sa.Text()),
            sa.Column("body_part", sa.String(64)),
            *_stamps(),
        )
        op.create_index("uq_dicom_series_uid", "dicom_series", ["series_instance_uid"], unique=True)
        op.create_index("ix_dicom_series_study_id", "dicom_series", ["study_id"])
    if "dicom_images" not in there:
        op.create_table(
            "dicom_images",
            sa.Column("id", sa.Integer(), sa.Identity(), primary_key=True),
            sa.Column("sop_instance_uid", sa.String(64), nullable=False, unique=True),
            sa.Column("series_id", sa.Integer(), sa.ForeignKey("dicom_series.id"), nullable=False),
            sa.Column("file_path", sa.Text(), comment="Below the archive folder of the box; the file itself: https://<box>/api/instances/<sop_instance_uid>/file"),
            sa.Column("thumbnail_path", sa.Text(), comment="The address of the thumbnail on the box"),
            sa.Column("image_number", sa.Integer()),
            sa.Column("attention", sa.Text(), comment="Why a person should look at this image before relying on it; empty when all is well"),
            *_stamps(),
        )
        op.create_index("uq_dicom_images_uid", "dicom_images", ["sop_instance_uid"], unique=True)
        op.create_index("ix_dicom_images_series_id", "dicom_images", ["series_id"])
    if "measurements" not in there:
        op.create_table(
            "measurements",
            sa.Column("id", sa.Integer(), sa.Identity(), primary_key=True),
            sa.Column("study_id", sa.Integer(), sa.ForeignKey("dicom_studies.id"), nullable=False),
            sa.Column("measurement_type", sa.Text(), nullable=False),
            sa.Column("value", sa.Numeric(), nullable=False),
            sa.Column("unit", sa.Text()),
            sa.Column("body_part", sa.Text()),
            sa.Column("notes", sa.Text()),
            sa.Column("sop_instance_uid", sa.String(64)),
            sa.Column("position", sa.Integer(), comment="Its place in the report sop_instance_uid, from 0"),
            sa.Column("code", sa.Text(), comment="What was measured, as scheme:value"),
            sa.Column("laterality", sa.Text()),
            sa.Column("context", postgresql.JSONB(), comment="Everything else that qualifies the value: fetus, method, selection and so on"),
            *_stamps(),
        )
        op.create_index("uq_measurements_place", "measurements", ["sop_instance_uid", "position"], unique=True)
        op.create_index("ix_measurements_study_id", "measurements", ["study_id"])


def downgrade():
    """Nothing: what the box has written stays until somebody drops the tables by hand."""
