"""A clinic's program beside Sonodesk: books, sends to a machine, follows what comes of it, shows the pictures."""
import os
import urllib.error
import urllib.request

import psycopg2
from flask import Flask, Response, jsonify

app = Flask(__name__)


def query(sql, *values):
    with psycopg2.connect(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


@app.post("/patients/<patient>/appointments")
def book(patient):
    sql = "INSERT INTO appointments (patient_id, date, time) VALUES (%s, current_date, localtime(0)) RETURNING id"
    return jsonify(appointment=query(sql, patient)[0][0]), 201


@app.post("/appointments/<int:appointment>/send")
def send(appointment):
    return jsonify(request=query("SELECT sonodesk.send(%s)", appointment)[0][0]), 202


@app.get("/appointments/<int:appointment>")
def follow(appointment):
    steps = query("SELECT status FROM sonodesk.appointment_steps WHERE appointment_id = %s ORDER BY at, id", str(appointment))
    pictures = query(
        """SELECT i.sop_instance_uid, coalesce(i.attention, '') FROM dicom_images i JOIN dicom_series r ON r.id = i.series_id
             JOIN dicom_studies s ON s.id = r.study_id WHERE s.appointment_id = %s ORDER BY i.image_number""",
        str(appointment),
    )
    # whoever shows a picture shows why it needs a look
    return jsonify(steps=[step for (step,) in steps], pictures=[{"uid": uid, "attention": why} for uid, why in pictures])


@app.get("/pictures/<uid>")
def picture(uid):
    address = f"{os.environ['SONODESK_URL']}/api/instances/{uid}/thumbnail"
    headers = {"Authorization": f"Bearer {os.environ['SONODESK_TOKEN']}"}
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as answer:
            return Response(answer.read(), content_type=answer.headers["Content-Type"])
    except urllib.error.HTTPError as error:
        # 503 with Retry-After while the box has others to draw first
        return Response(error.read(), error.code, content_type=error.headers["Content-Type"])
