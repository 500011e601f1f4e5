"""A clinic's program beside Sonodesk: books, sends to a machine, follows or hears what comes of it, shows the pictures."""
import base64
import hashlib
import hmac
import os
import time
import urllib.error
import urllib.request

import psycopg2
from flask import Flask, Response, abort, jsonify, request

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


heard = {}  # by their ids: a message that comes twice is one


@app.post("/sonodesk")
def hear():
    id, at = request.headers["webhook-id"], request.headers["webhook-timestamp"]
    key = base64.b64decode(os.environ["SONODESK_WEBHOOK_SECRET"].removeprefix("whsec_"))
    signature = hmac.new(key, f"{id}.{at}.".encode() + request.data, hashlib.sha256).digest()
    theirs = "v1," + base64.b64encode(signature).decode()
    if abs(time.time() - int(at)) > 300 or not hmac.compare_digest(theirs, request.headers["webhook-signature"]):
        abort(401)
    heard[id] = request.get_json()
    return "", 204


@app.get("/heard")
def what_was_heard():
    return jsonify(list(heard.values()))


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
