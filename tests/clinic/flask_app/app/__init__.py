"""A clinic's program as small as it can be: patients, appointments, logins, and migrations. For the tests."""
import importlib
import os

from flask import Flask

from .extensions import db, migrate


def create_app():
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
    from . import models  # noqa: F401

    recipe = os.environ.get("SONODESK_MODELS", "")
    options = {}
    if recipe:
        # models: in the program; recipe: only what tells Alembic to leave the box's tables alone
        module = importlib.import_module("app.dicom_models")
        if recipe == "models":
            # an Alembic that reads indexes of expressions finds the one on the clinic's own people
            def but_the_index(object, name, type_, reflected, compare_to):
                if type_ == "index" and (name or "").startswith("ix_sonodesk_"):
                    return module.include_object(object, name, type_, reflected, compare_to)
                return True

            options["include_object"] = but_the_index
        if recipe == "recipe":
            options["include_object"] = module.include_object
            for name in ("dicom_studies", "dicom_series", "dicom_images", "measurements"):
                db.metadata.remove(db.metadata.tables[name])
    planned = os.environ.get("PLANNED_MODELS")
    if planned:
        importlib.import_module("app.planned_models")
    db.init_app(app)
    migrate.init_app(app, db, **options)
    return app
