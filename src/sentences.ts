// Longer than other files: every sentence that has a code stands in one list, for who translates it.

/**
 * What the box says to people, by codes: pages say it in their own language, programs and the log read the English. What
 * stands in braces is a parameter: a text, a number, or another sentence.
 */
export const ENGLISH = {
  "store-busy": "Cannot do this now: another program holds the box's store, try again in a moment",
  "too-many-streams": "Cannot send more: too many {what} of {by} are under way, read those first",
  "no-login": "Cannot answer without a login: sign in first",
  locked: "Cannot answer while the page is locked: unlock it, or sign in",
  "not-set-up": "Cannot answer before the first start is done: open the page and follow it",
  "wrong-login": "Cannot sign in: the user name or the password is wrong",
  "logins-busy": "Cannot check the password now: many people are signing in, try again",
  "no-pin-here": "Cannot unlock by PIN here: sign in with name and password",
  "too-many-passwords": "Cannot sign in: too many wrong passwords, try again in {wait} {unit}",
  second: "second",
  seconds: "seconds",
  "wrong-pin": "Cannot unlock: this is not the PIN, {what}",
  "pin-again": "try again",
  "pin-gone": "sign in with name and password",
  "obvious-pin": "Cannot set the PIN: one digit repeated, or digits in a row, are guessed at once",
  "own-password-wrong": "Cannot change the password: the old one is wrong",
  "own-password-of-the-clinic":
    "Cannot change the password: the login comes from the clinic's database, change it in the clinic's program",
  "pin-wrong-password": "Cannot set the PIN: the password is wrong",
  "role-may-not": "Cannot do this as {role}: ask somebody who may",
  "token-is-for-people": "Cannot do this with a token: it is for people",
  "token-only-reads": "Cannot write: this token only reads",
  "another-site": "Cannot do this for a page of another site: open the box's own page",
  "already-set-up": "Cannot set up the box: it is set up already, sign in",
  "just-set-up": "Cannot set up the box: somebody else just did, sign in",
  "too-many-setup-codes": "Cannot set up the box: too many wrong codes, wait {wait} s",
  "wrong-setup-code": "Cannot set up the box: this is not its code, read it from its screen",
  "box-failed": "Cannot answer: the box made an error, which is in its log. Try again",
  "nothing-can-be-kept":
    "Cannot do this: the box can write nothing down, free some space on its disk or see to the disk",
  "no-such-address": "Cannot find this address: there is nothing here",
  "no-such-file": "Cannot find {path}: there is no such file",
  "method-unknown": "Cannot {method} this address: it knows {allowed}",
  "wrong-fields": "Cannot read the request: {wrong}",
  "not-json": "Cannot read the request: send it as JSON, with content-type application/json",
  "malformed-json": "Cannot read the request: its body is not valid JSON, check quotes, commas and brackets",
  "body-too-slow": "Cannot read the request: its body did not come in time, send it again",
  "body-too-large": "Cannot read the request: its body is larger than {most} KiB",
  "pictures-busy": "Cannot draw the picture now: too many are waiting, try again in a moment",
  "pictures-stopping": "Cannot draw the picture: the box is stopping",
  "too-many-pages": "Cannot send live events: too many pages are open, close some",
  "file-gone": "Cannot save the file: it is not here any more, ask for it from the backup or the archive",
  "no-appointment": "Cannot find the appointment: there is none with this id",
  "too-many-days": "Cannot list the appointments: from and to are more than {days} days apart",
  "send-no-machine": "Cannot send the patient: there is no such machine, choose another",
  "send-machine-waits": "Cannot send the patient: this machine waits to be admitted, admit it on the settings page",
  cancelled: "{cannot}: it is cancelled, book it again first",
  "no-show": "{cannot}: it is marked as a no-show, take that back first",
  "being-scanned": "{cannot}: the machine is scanning this patient now",
  "has-images": "{cannot}: images have come for it",
  completed: "{cannot}: the scan is completed",
  "clinic-owns": "{cannot}: the clinic's booking is changed in the clinic's program, the box follows",
  "cannot-edit": "Cannot edit the booking",
  "cannot-cancel": "Cannot cancel the booking",
  "cannot-reinstate": "Cannot book it again",
  "cannot-mark-no-show": "Cannot mark this patient as a no-show",
  "cannot-unmark": "Cannot take this mark back",
  "cannot-move": "Cannot move the booking",
  "cannot-mark-arrived": "Cannot mark this patient as arrived",
  "cannot-mark-urgent": "Cannot mark this patient as urgent",
  "cannot-note": "Cannot keep the note",
  "cannot-send": "Cannot send this patient to a machine",
  "cannot-complete": "Cannot complete the appointment",
  "cannot-reopen": "Cannot reopen the appointment",
  "booked-here": "booked at this box",
  "booked-by-clinic": "booked by the clinic",
  "given-by-clinic": "booked for somebody else by the clinic",
  "given-by": "booked for somebody else by {who}",
  "booked-again-by-clinic": "booked again by the clinic",
  "booked-again-by": "booked again by {who}",
  "cancelled-by-clinic": "cancelled by the clinic",
  "cancelled-by": "cancelled by {who}",
  "deleted-by-clinic": "deleted in the clinic's database",
  "did-not-come": "did not come, says {who}",
  arrived: "arrived, says {who}",
  "taken-back-by": "taken back by {who}",
  "not-completed": "not completed, says {who}",
  "moved-to-machine-by": "moved by {who}",
  "corrected-by": "corrected by {who}",
  "merge-undone-by": "merge taken back by {who}",
  "sent-by": "sent by {who}",
  "recalled-by": "recalled by {who}",
  "fetched-by": "fetched by {machine}",
  "begun-on": "begun on {machine}",
  "opened-again-on": "opened again on {machine}",
  "completed-on": "completed on {machine}",
  "completed-by": "completed by {who}",
  "stopped-on": "stopped on {machine}",
  "stopped-on-because": "stopped on {machine}: {why}",
  "received-from": "received from {machine}",
  "received-before": "received before the booking",
  "no-image-came": "no image came for {minutes} minutes",
  "matched-by": "matched by {who}",
  "match-changed-by": "match changed by {who}",
  "match-undone-by": "match undone by {who}",
  "objects-moved-by": "moved by {who}",
  "objects-move-undone-by": "move undone by {who}",
  "still-on-worklist": "still on the worklist",
  "edit-no-patient": "Cannot edit the booking: there is no such patient, choose another",
  "edit-given-since": "Cannot edit the appointment: it has been given to somebody else since, look at it again",
  "same-or-another":
    "Cannot edit the booking: say whether this is the same person, whose name was written wrongly, or somebody else",
  "surely-another": "Cannot edit the booking: neither name nor birth date is the same, say that it is somebody else",
  "move-no-machine": "Cannot move the booking: there is no such machine, choose another",
  "too-many-days-to-count": "Cannot count the days: from and to are more than {days} days apart",
  "room-displays-off": "Cannot show the room: room displays are off, an admin switches them on in the settings",
  "no-machine-in-room": "Cannot show the room: no machine is in a room of this name, see the machines in the settings",
  "not-on-a-list": "Cannot recall this patient: they are not on a machine's list",
  "appointment-id-taken": "Cannot add appointment {id}: there is one with this id",
  "patient-id-of-another-birth-date":
    "Cannot add the appointment: patient id {patientId} is of somebody born on {birthDate}, correct that patient, give another id or leave it out",
  "patient-id-of-another-name":
    "Cannot add the appointment: patient id {patientId} is of somebody with another name, give another or leave it out",
  "accession-number-taken":
    "Cannot add the appointment: accession number {accessionNumber} is taken, give another or leave it out",
  "no-study": "Cannot find the study: there is none with this Study Instance UID",
  "match-no-study": "Cannot match the study: there is none with this Study Instance UID",
  "match-no-appointment": "Cannot match the study: there is no such appointment, choose another",
  "match-belongs-already": "Cannot match the study: it belongs to an appointment already, look at the list again",
  "unmatch-no-study": "Cannot undo the match: there is none with this Study Instance UID",
  "unmatch-belongs-to-none": "Cannot undo the match: the study belongs to no appointment",
  "move-no-study": "Cannot move objects of the study: there is none with this Study Instance UID",
  "split-whole-study": "Cannot split the study: all of its objects were chosen, leave at least one",
  "move-nowhere": "Cannot move the objects: that is where they are",
  "move-no-appointment": "Cannot move the objects: there is no such appointment, choose another",
  "move-no-patient": "Cannot move the objects: there is no such patient, choose another",
  "move-several-studies": "Cannot move the objects: choose objects of one study",
  "move-left-the-study": "Cannot move the objects: one of them is not in this study any more, look at it again",
  "merge-unknown-patient": "Cannot merge the patients: one of them is not known here",
  "merge-one-already": "Cannot merge the patients: they are one already",
  "merge-merged-before": "Cannot merge the patients: one was merged before, choose the one it was merged into",
  "correct-no-patient": "Cannot correct the patient: there is none with this id",
  "correct-in-clinic": "Cannot correct the patient here: correct them in the clinic's program, the box follows",
  "no-patient": "Cannot find the patient: there is none with this id",
  "settle-not-in-force": "Cannot settle this: it is not in force any more, look at the list again",
  "settle-no-reason": "Cannot settle this: there is no such reason",
  "settle-by-match": "Cannot settle this: match the study to an appointment, or move it to a patient",
  "release-fetal-sex": "Cannot release this object: it states a fetus's sex, which may not be told",
  "decide-no-study": "Cannot decide about the study: there is none with this UID",
  "undo-in-force": "Cannot undo this: it is in force already",
  "no-object": "Cannot find the object: there is none with this SOP Instance UID",
  "not-set-aside": "Cannot try the object again: the box has not set it aside",
  "describe-no-file": "Cannot describe the object: its file is not there",
  "no-thumbnail": "Cannot show a thumbnail: there is no picture of this object",
  "no-image": "Cannot show a frame: this object is no image",
  "no-frame": "Cannot show the frame: this object has frames 1 to {frames}",
  "frame-unreadable": "Cannot show the frame: its pixel data cannot be read, the file itself is kept",
  "picture-is-video": "The object is a video",
  "picture-none": "The object holds no picture",
  "document-none": "The object holds no document",
  "picture-none-in-file": "The {format} file holds no picture",
  "picture-no-pixels": "The object has no rows or no columns of pixels",
  "picture-lacks-table": "The object lacks its lookup table ({table})",
  "picture-palette": "The object's palette has segments of a kind that the box does not read",
  "object-unreadable": "The object cannot be read: {why}",
  "object-syntax-unknown": "The object is written in a transfer syntax that the box does not know: {uid}",
  "object-size-differs": "The object says {columns} × {rows} pixels, the picture in it {itsColumns} × {itsRows}",
  "object-not-inflated": "The deflated object cannot be inflated: {why}",
  "object-inflates-too-large": "The deflated object is larger than the box inflates",
  "codestream-unknown": "The compressed picture begins with no header that the box knows",
  "codestream-undecodable": "The compressed picture cannot be read: {why}",
  "codestream-absent": "The compressed picture has no fragments",
  "codestream-odd": "The compressed picture gave {bytes} bytes for {columns} × {rows} pixels",
  "codestream-not-drawn": "A compressed picture of {columns} × {rows} pixels and {components} components is not drawn",
  "jpeg-broken": "The JPEG picture is broken before its first scan",
  "jpeg-header-cut": "The JPEG picture's frame header is cut",
  "jpeg-no-scan": "The JPEG picture has no scan",
  "jpeg-scans": "The JPEG picture has more than {most} scans",
  "jpeg2000-broken": "The JPEG 2000 picture's header is broken",
  "jpeg2000-divided": "The JPEG 2000 picture is divided into {count} {parts}, the box draws at most {most}",
  tiles: "tiles",
  precincts: "precincts",
  "code-blocks": "code-blocks",
  packets: "packets",
  "rle-short": "The RLE frame is shorter than its header",
  "rle-segments": "The RLE frame has {count} segments, {needed} are needed",
  "rle-order": "The RLE frame's segments do not follow each other",
  "rle-pixels": "An RLE segment holds {written} of {pixels} pixels",
  "components-not-drawn": "The box does not draw pictures of {count} components",
  "samples-not-drawn": "The box does not draw pictures of {count} samples per pixel",
  "bits-not-drawn": "The box does not draw pictures of {bits} bits allocated",
  "gray-not-drawn": "The box does not draw gray pictures of {stored} bits in {allocated}",
  "colours-not-drawn": "The box does not draw colours written as {written}",
  "colour-bits-not-drawn": "The box does not draw colours of {bits} bits",
  "colours-not-decompressed": "The box does not decompress colours of {bits} bits",
  "floats-not-drawn": "The box does not draw pixels that are floating-point numbers",
  "picture-too-large": "A picture of {columns} × {rows} pixels is larger than the box draws",
  "picture-part-outside": "This part lies outside of the picture of {width} × {height} pixels",
  "picture-too-many-bits": "A picture of {columns} × {rows} pixels of {bits} bits is larger than the box draws",
  "video-into-frames": "A video cannot be decompressed into frames",
  "decompressed-too-long": "Decompressed it would be {bytes} bytes, too long for one element",
  "frame-short": "The frame is not all there: it has {bytes} bytes, {needed} are needed",
  "frame-not-whole": "Frame {frame} is not all there: Pixel Data is {bytes} bytes long, {needed} are needed",
  "assumed-speed": "The object does not say how fast it plays: {count} frames a second are assumed",
  "assumed-seconds": "The frames' time of {time} is in seconds, not in milliseconds: the clip is played accordingly",
  "assumed-vector": "The object has {count} times for its {frames} frames, or impossible ones: they are corrected",
  "assumed-vector-unusable": "The object has {count} times for its {frames} frames: another speed is used",
  "assumed-no-velocity": "A Doppler scale of frequencies is given in cm/s: nothing is measured on it",
  "assumed-regions-left-out": "{left} of {count} calibrated regions have no place or no unit: they are left out",
  "assumed-overlays": "Overlays that the object keeps apart from its pixels are drawn in white",
  "assumed-short": "The picture is {missing} bytes short: its last pixels are empty",
  "assumed-samples": "The colours are labelled {label}, but have {count} bytes a pixel: the bytes are believed",
  "assumed-size":
    "The object says {columns} × {rows} pixels, the picture in it has {itsColumns} × {itsRows}: it is drawn with those",
  "assumed-components": "The object says {said} samples a pixel, the picture in it has {count}: it is drawn with those",
  "assumed-colours": "The object labels its colours {label}, the picture in it {found}: the picture is believed",
  "assumed-cut": "The compressed picture ends too early: it is drawn as far as it goes",
  "assumed-cut-frame": "The compressed frame {frame} ends too early: it is drawn as far as it goes",
  "assumed-cut-frames": "{count} of {frames} compressed frames end too early: they are drawn as far as they go",
  "assumed-text": "The text is not in the character set that the object names ({set}): it is read by its bytes",
  "assumed-text-undeclared": "The object names no character set: its text is read by its bytes",
  "assumed-text-machine": "The text is read in the character set of its machine ({set}): the object's own does not fit",
  "frame-another-size": "Frame {frame} is not of the size of the first",
  "frame-too-long": "Frame {frame} is {bytes} bytes long, more than the box draws",
  "frame-not-apart": "Frame {frame} cannot be told from the others: they are not in fragments",
  "frame-missing": "Frame {frame} is not there: the object says it has {frames} frames, and {found} came",
  "frame-beyond": "There is no frame {frame}: the object says it has {frames}",
  "file-ends-in-frame": "The file ends within frame {frame}: {bytes} bytes are missing",
  "file-ends-in-video": "The file ends within the video",
  "drawing-time": "Drawing the picture took longer than {seconds} seconds",
  "drawing-memory": "Drawing the picture took more than {megabytes} MB of memory",
  "drawing-out-of-memory": "Drawing the picture took more memory than it may",
  "drawing-crash": "Drawing the picture ended the program that draws: {why}",
  "set-aside": "The box does not try this object any more: drawing or reading it {how}, {ends} times",
  "ended-in-memory": "took more memory than it may",
  "ended-in-time": "took too long",
  "ended-in-crash": "ended the program that draws",
  "ended-in-box": "was under way when the box ended",
  "file-missing": "The file is missing",
  "file-removed": "The file was removed for its age",
  "file-changed": "The file's bytes are not those that came",
  "file-length": "The file has {bytes} bytes instead of {expected}",
  "file-unreadable": "The file cannot be read: {why}",
  "file-not-taken": "The disk did not take the file, and its machine was told so",
  "damaged-send": "Cannot send the object: {damage}, restore it from the backup",
  "damaged-play": "Cannot play the video: {damage}, restore it from the backup",
  "damaged-save":
    "Cannot save the file: {damage}, restore it from the backup, or add {addition} to the address to save it as it is",
  "no-video": "Cannot play the object: it is no video",
  "no-part-of-video": "Cannot send this part of the video: it has {bytes} bytes",
  "star-no-image": "Cannot star the object: it is no image",
  "star-no-frame": "Cannot star the frame: this object has frames 1 to {frames}",
  "measurements-no-study": "Cannot find the measurements: there is no study with this Study Instance UID",
  "no-report": "Cannot find the report: there is no object with this SOP Instance UID",
  "not-a-report": "Cannot open the object as a report: it is none",
  "report-unreadable": "Cannot open the report: the box cannot read it, save its file instead",
  "value-missing": "no value",
  "value-decimal-comma": "decimal comma",
  "value-no-number": "not a number",
  "value-as-text": "sent as text",
  "value-no-unit": "no unit",
  "more-values": "the report has more values than the box lists, open its tree",
  "origin-unknown": "Cannot change where the machine may call from: it has not called from there",
  "no-recording": "Cannot find the recording: the next association of this machine has not been recorded yet",
  "no-machine": "Cannot find the machine: there is none with this id",
  "machine-removed": "Cannot change the machine: somebody removed it",
  "ae-title-taken": "Cannot save the machine: another one has the AE title {aeTitle}, give each machine its own",
  "no-destination": "Cannot find the destination: there is none with this id",
  "destination-removed": "Cannot change the destination: somebody removed it",
  "forward-no-study": "Cannot send the study: there is none with this Study Instance UID",
  "forward-no-destination": "Cannot send the study: there is no such destination, choose another",
  "unusable-certificates": "Cannot keep the certificates: {why}",
  "account-name-taken": "Cannot add the account: there is one with this name, choose another",
  "no-account": "Cannot remove the account: there is none with this id",
  "update-is-a-package": "Cannot take an update: this box is a package of its operating system, update it there",
  "update-without-length": "Cannot take the update: send the whole file, with its length",
  "update-too-large": "Cannot take the update: no bundle is larger than 1 GiB",
  "update-under-way": "Cannot take this update: another is under way, wait until the box has restarted",
  "update-being-tried": "Cannot take this update: the one before it is still being tried, wait a few minutes",
  "update-without-room": "Cannot take this update: it needs {needed} and {free} are free, free some space",
  "update-not-whole": "Cannot take this update: it did not arrive whole, send it again",
  "update-no-file": "Cannot take this update: it is no file, choose another",
  "update-address-answered":
    "Cannot take this update: the address answered {status} and no file of a known length, check it",
  "update-not-fetched": "Cannot fetch the update: {why}, check where it is",
  "computer-not-own": "Cannot change this computer: the box is a package of its operating system, do it there",
  "no-address-being-tried": "Cannot keep the address: none is being tried any more, set it again",
  "ssh-wrong-password": "Cannot open SSH: the password is wrong",
  "reset-wrong-password": "Cannot reset the box: the password is wrong",
  "reset-wrong-name": "Cannot reset the box: this is not its name, type it as it stands above the settings",
  "clinic-address-fixed":
    "Cannot change the address of the clinic's database: {name} is set in the box's environment, change it there",
  "weak-password":
    "Cannot take this password: {why}. Choose three or four words that have nothing to do with each other, or a longer one",
  "password-common": "it is, or nearly is, one of those that are tried first",
  "password-of-names": "whoever guesses begins with the names of the person, the clinic and the box",
  "password-pattern": "keys in a row, repetitions and dates are guessed at once",
  "password-guessable": "it is guessed in a short time",
  "user-name-taken": "Cannot add the user: somebody has this user name, choose another",
  "no-user": "Cannot change the user: there is none with this id",
  "user-of-the-clinic": "Cannot change the user: they come from the clinic's database, change them there",
  "last-admin": "Cannot change the user: this is the last admin, make somebody else one first",
  "no-token": "Cannot revoke the token: there is none with this id",
  "not-own-screen": "Cannot keep this of the screen: it is not the box's own",
  "no-certificate":
    "Cannot show the certificate: HTTPS and DICOM TLS are off, switch one on in the settings and restart the box",
  "undo-no-event": "Cannot undo this: there is no such event",
  "undo-impossible": "Cannot undo this: it cannot be taken back",
  "undo-no-admin": "Cannot undo this: nobody would be admin any more",
  "undo-of-another-version": "Cannot undo this: it was done by another version of the box",
  "undo-changed-since": "Cannot undo this: it has been changed since, change it by hand",
  "retry-not-waiting": "Cannot try this again: it does not wait any more, look again",
  "no-task": "Cannot begin this: there is no such task",
  "task-under-way": "Cannot begin this: it is under way already",
  "backup-proof-damaged":
    "Damaged files in the backup: {count}, the first is {first}. They could not be brought again from this box: its disk may be failing, back up to another one",
  "backup-goes-nowhere": "Cannot back up: no place for backups is set, enter a folder or a bucket first",
  "no-files-to-look-after": "Cannot look after the files: this program has none",
  "no-setting": "Cannot change {name}: there is no such setting here",
  "setting-fixed": "Cannot change {name}: it is set in the box's environment, change it there",
  "setting-unusable": "Cannot use {name}={value}: {why}",
  "setting-line": "it must be one line of up to 64 characters",
  "setting-time-zone": "it must be a time zone such as {example} or {other}",
  "setting-country": "it must be the two letters of a country, such as {example} or {other}",
  "setting-seconds": "it must be a number of seconds",
  "setting-port": "a port is a number from 0 to 65535",
  "setting-whole": "it must be a whole number above 0",
  "setting-bytes": "it must be a number of bytes, such as {example} or {other}",
  "setting-origins": "it must be addresses such as {example}, with commas between them",
  "setting-web-address": "it must be an address such as {example}, without a name and a password",
  "setting-webhook-secret": "it must be {example} and then 24 to 64 bytes in base64",
  "setting-ae-title": "an AE title has 1 to 16 plain characters and no backslash",
  "setting-choice": "it must be one of {choices}",
  "pairing-fixed": "Cannot open pairing: the box's environment has SONODESK_ADMISSION=closed, change it there",
  "clinic-no-address": "No address of a clinic's database is set: enter one first",
  "clinic-nothing-answers":
    "Nothing answers at the address of the clinic's database: is the server on, and the port right?",
  "clinic-name-unknown": "The name of the clinic's database server is not known: check the spelling and the network",
  "clinic-unreachable": "The clinic's database server cannot be reached: check the network",
  "clinic-firewall": "The clinic's database server does not answer: check the network and its firewall",
  "clinic-too-slow": "The clinic's database does not answer in time",
  "clinic-no-answer": "The clinic's database server does not answer",
  "clinic-no-encryption":
    "The clinic's database offers no encryption, and the address asks for it: switch it on there, or leave out sslmode",
  "clinic-certificate-file": "Cannot read the certificate in sslrootcert: {why}, correct its path",
  "clinic-closed": "The clinic's database closed the connection",
  "clinic-connection-closed": "The connection to the clinic's database was closed",
  "clinic-connection-failed": "The connection to the clinic's database failed: {why}",
  "clinic-wrong-login": "The clinic's database does not let Sonodesk in ({why}): correct the user or the password",
  "clinic-lacks":
    "The clinic's database lacks something Sonodesk needs ({why}): run the SQL again, or say on the page Clinic tables how it is read",
  "clinic-busy": "The clinic's database is busy ({why})",
  "clinic-refuses-with": "The clinic's database refuses this ({code}: {why})",
  "clinic-refuses": "The clinic's database refuses this ({why})",
  "clinic-read-only":
    "The clinic's database cannot be written: it is a standby, enter the address of the server that is written to",
  "clinic-not-ready": "The clinic's database is not ready ({why})",
  "clinic-answers": "The clinic's database answers, and has all that is needed",
  "clinic-certificate-expired":
    "The certificate of the clinic's database has expired, or the clock of one of the two is wrong: renew it there",
  "clinic-certificate-name":
    "The certificate of the clinic's database is for another name: use the name it is made for in the address",
  "clinic-certificate-unknown":
    "The certificate of the clinic's database is not from an authority the box trusts: give its file as sslrootcert",
  "correct-malformed": "Cannot correct the file: {why}, save it as it came",
  "not-looked-through": "the box has not looked through it yet, try again soon",
  "held-save": "Cannot save the file: {why}",
  "held-show": "Cannot show the object: {why}",
  "held-open": "Cannot open the report: {why}",
  "held-star": "Cannot star the object: {why}",
  "fetal-sex-coded": "This object states a fetus's sex: it is held back, and no page shows it",
  "fetal-sex-words": "This object may name a fetus's sex ({field}): it is held back until a doctor has looked",
  "wrong-rescue-code": "Cannot open the rescue: this is not its code, read it from the box's screen",
  "too-many-rescue-codes": "Cannot open the rescue: too many wrong codes, wait {wait} s",
  "rescue-code-first": "Cannot do this without the code: read it from the box's screen",
  "rescue-not-now": "Cannot do this now: something else is being done, or it is no way out of this, look again",
  rescue: "Cannot answer: the box cannot work with its data, open its page to see what to do",
  "token-of-another-purpose": "Cannot do this with a token for {purpose}: make one for what it is to do",
  "second-admin": "Cannot do this alone: a second admin must confirm it with their password",
  "second-admin-wrong": "Cannot do this alone: the name or the password is wrong, or it is no other admin's",
  "second-admin-alone": "Cannot ask for a second admin: there is only one, add another first",
  "confirmation-malformed": "Cannot read the request: {header} is not base64 of JSON with username and password",
  "clinic-another-certificate":
    "The clinic's database shows another certificate than the one that was confirmed: compare it with its owner, and enter the address anew",
  "clinic-plain":
    "Cannot use this database: it offers no encryption, switch it on there, or write sslmode=disable for a network in which nothing needs to be hidden",
  "clinic-certificate-to-confirm":
    "Cannot use this database yet: no authority the box trusts vouches for it, compare its certificate's fingerprint with its owner and confirm it",
  "echo-no-address": "Enter the machine's address and port first, then try again",
  "echo-answered": "{aeTitle} answered in {milliseconds} ms",
  "peer-refuses": "{peer} refuses the association: {why}",
  "peer-knows-not-us": "it does not know the box's AE title, enter it on the machine",
  "peer-not-called-so": "it is not called by this AE title, check the title it is set to",
  "peer-busy": "it is busy, try again later",
  "peer-closed-instead": "{peer} closed the connection instead of answering: is it a DICOM port?",
  "peer-closed": "{peer} closed the connection without an answer",
  "peer-too-slow": "{peer} did not give {awaited} within {seconds} s",
  "peer-unreachable": "Cannot reach {peer}: {why}",
  "peer-port-closed": "the machine is there but nothing listens on that port, check the port it is set to",
  "machines-can-connect": "Machines can connect",
  "machines-cannot-connect": "No machine can connect for {services}: the port is closed. Restart the box.",
  "store-answers": "The store answers",
  "store-kept-open": "Another program keeps the store open, whose log grows: {megabytes} MB. End that program.",
  "store-silent": "The store does not answer: {why}. Restart the box.",
  "disk-free": "{gigabytes} GB free",
  "disk-full": "Only {gigabytes} GB are free: new images are refused until there is room. Free some space.",
  "disk-low": "Only {gigabytes} GB are free. Free some space soon.",
  "archive-unreadable": "The archive cannot be read: {why}. Check the disk.",
  "no-damage": "No damage is known",
  "files-damaged":
    "{count} stored objects have a damaged or missing file. Mend them from the backup: Settings, Storage and backup.",
  "files-coming": "{count} files are still on their way from the backup. Machines and people can work meanwhile.",
  "new-box-from-backup": "Nobody has set up this box yet: choose the backup that it is to be made from",
  "mending-left":
    "Damaged files that are in {folder} neither: {count}. Ask the machine to send them again, or mend from another backup",
  "no-backup-yet": "There is no backup yet",
  "no-backup-plug-in": "There is no backup yet. Plug in a disk and enter its folder on the settings page.",
  "no-backup-failed": "The backup failed and there is none yet: {why}.",
  "backup-failed-since": "The last backup failed: {why}. The last good one was made {when}.",
  "backup-disk-away": "The backup disk {folder} has not been plugged in for {days} days.",
  "backup-not-proven": "The backup was read back and is not whole: {why}.",
  "backup-good": "The last good backup was made {when}: {objects} objects",
  "backup-old": "The last good backup was made {when}. {remedy}",
  "backup-plugged-in": "Is its disk plugged in?",
  "backup-plug-in": "Plug in a disk and enter its folder on the settings page.",
  today: "today",
  yesterday: "yesterday",
  "days-ago": "{days} days ago",
  "integrity-broken": "{why}. Ask who has worked on the box's files, and keep the last backup.",
  "audit-event-changed":
    "Event {event} of {at} does not follow event {before}: one of them was changed, or one between removed",
  "audit-cut": "The audit ends at event {event} and should end at event {last}: the last were removed",
  "audit-set-back": "The audit goes on to event {event} and should end at event {last}: its chain was set back",
  "can-be-kept": "Images and worklists can be kept",
  "cannot-be-kept": "{what}. Restart the box; if this stays, its disk is broken.",
  "images-not-kept": "Images cannot be kept: {why}",
  "nothing-written-down": "Worklists and images cannot be written down: {why}",
  "disk-silent": "the disk has not answered for {seconds} s",
  "clock-set": "A time server has set the clock",
  "clock-not-set": "No time server has set the clock, and nothing says that it is wrong",
  "clock-behind": "The clock shows {shown}, and the box has worked at {before} already. Set the clock if it is wrong.",
  "clock-jumped": "The clock went days ahead at once. See whether today is {today}, and set the clock if it is not.",
  "clock-wrong": "The clock shows {year}: times are wrong until it is set. Connect the box to a network.",
  "store-damaged": "The store is damaged: {why}. The box's page says what can be done.",
  "file-malformed": "database disk image is malformed",
  "file-is-no-database": "file is not a database",
  "authority-ends":
    "The box's certificate authority ends on {on}. Then it makes another, which every computer and phone must be told to trust.",
  "clinic-does-not-prove":
    "The clinic's database is on another computer and does not prove who it is. Enter its address anew on the settings page, without sslmode.",
  "clinic-off": "No clinic's database is connected",
  "clinic-connecting": "Connecting to the clinic's database",
  "clinic-in-sync": "In sync with the clinic's database",
  "backup-disk": "Cannot back up to {folder}: {why}, check that the disk is plugged in and may be written",
  "backup-gone":
    "Cannot back up to {folder}: the backups in it are gone, check that the disk is plugged in; for a new disk name another folder on it",
  "backup-under-way": "Cannot back up to {folder}: another backup of this box is under way, wait until it has ended",
  "backup-of-another-box": "Cannot back up to {folder}: another box backs up to it, wait until it has ended",
  "backup-in-itself": "Cannot back up to {folder}: it is in the box's own data folder, choose one on another disk",
  "backup-not-there": "Cannot back up to {folder}: it is not there, check that the disk is plugged in",
  "backup-failed": "Cannot back up to {folder}: {why}",
  "backup-disk-full": "it is full, remove what else is on it, let the backup keep fewer copies, or use a larger disk",
  "backup-disk-read-only": "its disk can only be read, which a disk that fails often is: check it, or use another",
  "backup-no-room-here":
    "the box's own disk has no room for the copy of its store that a backup begins with ({why}), make room on it",
  "target-refused": "{place}: {why}",
  "s3-clock":
    "the store answers {status}: {why}; its clock and the box's are too far apart, let the network set the box's clock",
  "s3-full": "the store answers {status}: {why}; it has no room left, remove old backups or have its quota raised",
  "s3-region": "the store answers {status}: {why}; check its region and its address",
  "s3-key": "the store answers {status}: {why}, check the access key, its secret and what it may do",
  "s3-no-bucket": "the store answers {status}: {why}, check the name of the bucket",
  "s3-busy": "the store answers {status}: {why}; it has trouble of its own, the next backup tries again",
  "s3-refused": "the store answers {status}: {why}",
  "s3-away": "the store at {endpoint} does not answer ({why}), check the network and its address",
  "s3-upload": "the store did not take {path}, the next backup tries again",
  "store-is-damaged": "The store {path} is damaged: {why}",
  "archive-without-store":
    "Cannot start on {data}: the archive is full and the store beside it is empty or gone, bring the store back, or say that the box begins anew",
  "disk-takes-nothing": "Cannot use the data folder {path}: its disk does not take anything new ({why})",
  "store-without-archive":
    "Cannot start on {data}: the store knows {expected} received files and the archive has none of them, plug its disk in, or restore the backup",
  "restore-broken-off":
    "Cannot start on {data}: a restore into it was broken off, run the same restore again to finish it",
  "store-of-newer":
    "Cannot open the store {path}: it has schema {version} and this version of Sonodesk knows up to {newest}, start the newer version that wrote it, or restore a backup made by this one",
  "store-not-opened":
    "Cannot open the store {path}: {why}, check that the data folder can be written and the file is a Sonodesk store",
  "store-restore": "Cannot open the store {path}: {why}, restore a backup",
  "store-not-migrated":
    "Cannot migrate the store {path}: step {step} failed: {why}, the store is as it was, start the version that wrote it and report this message",
  "copy-damaged": "Cannot use the copy of the store {name}: it is damaged ({why}), choose an earlier one",
  "copy-gone": "Cannot use the copy of the store {name}: it is not there, choose another",
  "no-whole-backup":
    "Cannot use the backup in {folder}: there is no whole one in it, check that this is the right place",
  "backup-store-damaged": "Cannot restore the backup {name}: its store is damaged ({why}), name an earlier one",
  "backup-encrypted": "Cannot use the backup in {place}: it is encrypted, set SONODESK_BACKUP_PASSPHRASE",
  "backup-wrong-passphrase": "Cannot open the backup in {place}: the passphrase is not the one it was made with",
  "restore-without-room":
    "Cannot restore into {data}: it needs {needed} GB and the disk has {free} GB free, make room on it",
  "restore-from-nowhere": "Cannot restore a backup: its place is missing, name a folder or a bucket",
  downloads: "downloads",
  pictures: "pictures",
  "the-box": "the box",
  "this-sign-in": "this sign-in",
  "this-user": "this user",
  "this-address": "this address",
  "too-many-pages-of-user": "Cannot send live events: this user has too many pages open, close some",
  "too-many-pages-of-address": "Cannot send live events: this address has too many pages open, close some",
  receptionist: "receptionist",
  doctor: "doctor",
  admin: "admin",
  bookings: "bookings",
  images: "images",
  fleet: "fleet",
  reading: "reading",
  several: "{one}; {other}",
  "of-field": "{field} {problem}",
  "field-missing": "is missing",
  "field-empty": "must not be empty",
  "field-too-long": "must be at most {most} characters long",
  "field-characters": "must not contain a backslash, a line break or a control character",
  "field-no-date": "must be a date such as {example}",
  "field-no-time": "must be a time such as {example}",
  "field-no-pin": "must be 4 to 8 digits",
  "field-obvious-pin": "must not be one digit repeated, nor digits in a row",
  "field-password-weak": "must be harder to guess",
  "field-password-short": "must be at least {least} characters long",
  "field-no-digits": "must be digits",
  "field-no-text": "must be text",
  "backup-old-failed": "The last good backup was made {when}: {why}. {remedy}",
  "clinic-not-known": "What waits for the clinic's database is not known: {why}",
  "request-of-nothing": "No box reads this appointment: it is of a day that is not read, or there is none with this id",
  "mark-not-followed": "Cannot send by mwl_sent: the box alone sets it, allow it in the settings or use sonodesk.send",
  "clinic-bookings-cut":
    "Bookings after {day} are not read: there are too many, correct the function sonodesk.bookings in the clinic's database",
  "clinic-trouble-since": "{trouble} (since {since})",
  "clinic-went-back": "The clinic's database has gone back in time: it is told again what it has lost",
  "clinic-waiting": "{count} waiting since {since}",
  "clinic-needs-a-look": "{count} needs a person's look",
  "clinic-need-a-look": "{count} need a person's look",
  "clinic-bookings-kept": "{count} bookings are gone from the clinic's schedule at once and kept for now",
  "clinic-no-postgres": "What answers at the address of the clinic's database is no PostgreSQL server",
  "clinic-answers-but-lacks": "The clinic's database answers, but lacks {what}: run the SQL in it",
  "and-more": "{first} and {count} more",
  "lacks-schema": "the schema {name}",
  "lacks-table": "the table {name}",
  "lacks-column": "the column {column} of {table}",
  "lacks-function": "the function {name}",
  "lacks-safe-functions": "functions of {schema} that are safe from temporary tables",
  "lacks-two-columns": "{one} and {other}",
  "lacks-trigger": "the trigger {name} on {table}",
  "without-bookings": "Bookings cannot be read",
  "without-results": "Studies, images and measurements cannot be handed over",
  "without-staff": "Nobody can sign in with the clinic's password",
  "without-changes": "A walk-in that is changed at the box stays as it was there",
  "with-unsafe-functions": "Whoever has the box's password could do more in this database than the box does",
  "without-sent-marks": "The clinic does not see what was sent to a machine",
  "lacks-zone": "a time zone for {column}, which is chosen on the page Clinic tables",
  "without-zone": "Bookings are shown at another hour than the clinic's clock says",
  "without-people-search": "A walk-in whom the clinic has and who was never booked is not found by name",
  "without-trigger": "A new booking is seen up to 15 seconds later",
  "lacks-function-instead": "the function {name} instead of the view {view}",
  "lacks-function-type": "the function {name} for the type that {column} has now",
  "lacks-value": "a default for {column}, or a value for it in the function {name}",
  "without-type-changes": "The clinic cannot change the type of a column that the view shows",
  "without-walk-ins": "Walk-ins cannot be entered in the clinic's database",
  "clinic-no-bookings":
    "Cannot read the clinic's bookings: there is no function sonodesk.bookings, run the SQL in its database",
  "clinic-too-many-bookings":
    "Cannot read the clinic's bookings: there are more than {most} for two weeks, correct the function sonodesk.bookings",
  "clinic-no-such-event": 'Cannot tell the clinic of "{event}": this version has no such event',
  "clinic-cannot-be-told": "Cannot tell the clinic of this: {why}",
  "webhook-no-address": "No address of the clinic's program is set: enter one first",
  "webhook-no-secret": "There is no secret yet: make one, and enter it in the clinic's program",
  "webhook-taken": "The clinic's program has taken the message (it answered {status})",
  "webhook-not-taken": "The clinic's program has not taken the message: {why}",
  "webhook-not-given-up": "Cannot send this message again: it was not given up",
  "clinic-trouble": "{why}",
  "images-name-no-patient": "The images name no patient: match the study to an appointment",
  "clinic-has-no-patient": "The clinic has no patient {id}: enter them there, or match the study to an appointment",
  "clinic-patient-differs": "Patient {id} has another {what} in the clinic: match the study to an appointment",
  "what-name": "name",
  "what-birth-date": "birth date",
  "what-sex": "sex",
  "walk-in-of-another": "Patient {id} has another name in the clinic: give the walk-in another id",
  "waits-for-walk-in": "Waits until its walk-in is booked in the clinic",
  "clinic-address": "Cannot use the address of the clinic's database: {why}, write it as {form}",
  "address-scheme": "it does not begin with {scheme}",
  "address-none": "it is no address (a special character in the password is written as {form})",
  "address-no-user": "it names no user",
  "address-no-database": "it names no database",
  "address-mode": "sslmode is one of {modes}",
  "address-fingerprint": "sslfingerprint is the SHA-256 of a certificate, beside sslmode=verify-full",
  "row-appointment-id": "the appointment's id is longer than 64 characters",
  "row-date": '"{date}" is no date',
  "row-time": '"{time}" is no time of day',
  "row-accession-number":
    'the accession number "{number}" is longer than 16 characters or has a character machines do not take',
  "row-no-patient-id": "the patient has no id",
  "row-patient-id": "the patient's id is longer than 64 characters or has a character machines do not take",
  "row-no-name": "the patient has no name",
  "row-birth-date": 'the patient\'s birth date "{date}" is no date',
  "row-birth-date-after": "the patient's birth date {date} is after the appointment",
  "row-of-walk-in":
    "the patient's id {id} is one that this box has for a walk-in of its own, who is somebody else: give them another",
  "row-several": "the schedule has this appointment several times, and says different things of it",
  "row-deleted": "the clinic's program has it as deleted",
  "row-patient-deleted": "the clinic's program has the patient as deleted",
  "row-other-branch": "it is of a branch that this box does not work for",
  "row-id-of-several": "the patient's id {id} is that of several people in the clinic's table",
  "map-no-patients": "Cannot propose how to read the tables: none of them looks like one of patients, choose it",
  "map-no-appointments":
    "Cannot propose how to read the tables: none of them looks like one of appointments, choose it",
  "map-nobody-there": "Cannot read the clinic's tables: there are none that this user sees, give the owner's address",
  "map-not-readable": "Cannot read the clinic's tables: this user may not, give the address of who owns them",
  "map-id-not-unique":
    "{column} is not unique in the clinic's table: where two people have the same, neither gets images by it",
  "map-genders": "What some values of {column} mean is not known: machines get no sex for them until you say it",
  "map-whole-name": "{column} is one name: say where the family name stands in it",
  "map-age": "{column} is an age: machines get no birth date, since an age tells none",
  "map-date-order": "{column} is text, and nothing there tells day from month: say how its dates are written",
  "map-zone": "Moments are read in the time zone {zone}; the database's own is {theirs}",
  "map-no-time": "There is no column with a time of day: all are shown at {first}",
  "map-slots": "{column} is a number in a queue: the first is shown at {first}, the others {minutes} minutes apart",
  "map-id-short":
    "{column} takes {most} characters, and the id of a walk-in has {length}: let the clinic make it longer",
  "staff-several": "the clinic has this user name more than once: one of them needs another name",
  "staff-taken": "a user of this box has the same name, and that one counts",
  "staff-more": "the clinic has more than {most} users, and the others are not read",
  "staff-gone": "{count} people are gone from the clinic's list at once and kept for now",
  "staff-name": "the user name is empty or longer than 100 characters",
  "staff-role": 'the role "{role}" is none of receptionist, doctor and admin',
  "staff-active": '"{active}" does not say whether they may sign in: make active a boolean',
  "staff-password": "the password is kept in a form the box cannot check",
  "echo-not-offered": "{peer} is there but does not offer verification (C-ECHO)",
  "peer-silent": "nothing answered within {seconds} s, is the machine on and its address right?",
  "rejected-with": "source {source}, reason {reason}",
  "awaited-room": "room for more",
  "awaited-answer": "an answer",
  "awaited-report": "the rest of a report",
  "awaited-abort": "room for the abort",
  "peer-aborted": "{peer} aborted the association",
  "peer-broke-off": "{peer} broke off the association: {why}",
  "awaited-release": "the release",
  "backup-of-unknown-box":
    "Cannot back up to {place}: it is not known whose backup it is, the store of {name} is damaged; remove snapshots/{name}, or choose an empty folder",
  "backup-is-another-boxs":
    "Cannot back up to {place}: it is the backup of another box and stays as it is, choose an empty folder; to have on this box what is in it, restore it into an empty data folder",
  "backup-without-store": "Cannot back up {data}: there is no store in it, set SONODESK_DATA to the box's data folder",
  "backup-not-encrypted":
    "Cannot use the backup in {place} with a passphrase: it is not encrypted, choose an empty folder, or unset SONODESK_BACKUP_PASSPHRASE",
  "backup-manifest-damaged": "Cannot read the backup {name}: its manifest is damaged ({why}), name an earlier one",
  "backup-of-newer": "Cannot read the backup {name}: a newer Sonodesk wrote it, use version {version}",
  "backup-no-access":
    "Cannot use the backup in {place}: the keys to the bucket are missing, set SONODESK_BACKUP_S3_ENDPOINT, SONODESK_BACKUP_S3_ACCESS and SONODESK_BACKUP_S3_SECRET",
  "restore-of-newer":
    "Cannot restore the backup {name}: it has schema {schema} and this version of Sonodesk knows up to {newest}, restore it with Sonodesk {version} or newer",
  "restore-strange-path": "Cannot restore {path}: no box wrote such a path",
  "restore-store-damaged":
    "Cannot restore the backup {name}: its store is damaged, name an earlier one with --snapshot",
  "restore-file-damaged": "Cannot restore the backup {name}: {path} is damaged, name an earlier one with --snapshot",
  "restore-another-broken-off":
    "Cannot restore {name} into {data}: the restore of {before} was broken off in it, finish that with --snapshot {before}, or empty the folder",
  "restore-not-empty":
    "Cannot restore into {data}: it is not empty and nothing in it is overwritten, set SONODESK_DATA to an empty folder, or move this one away",
  "bucket-name": "Cannot use {name} for backups: write it as s3://bucket or s3://bucket/path",
  "bucket-address": "Cannot use {name} for backups: its store's address {endpoint} is none, write it as https://host",
  "field-odd": "is not in the right form",
  "echo-status": "{peer} answered C-ECHO with status {status}",
  "sent-scan-completed": "the scan is completed",
  "sent-cancelled": "the appointment is cancelled",
  "sent-no-show": "the patient did not come",
  "sent-too-long-ago": "it was sent too long ago",
  "sent-meanwhile": "it was sent while the machine was asking",
  "sent-to-another": "it was sent to {machine}, and this machine gets only its own list",
  "sent-for-another-day": "it is for {date}, more than {days} days from today, this machine's window",
  "answer-not-written": "its answer could not be written: {why}",
  "key-differs": "{key} is {here} here, the machine asks for {asked}",
  "key-empty": "{key} is empty here",
  "key-bytes-differ": "{key} is another here than the machine asks for",
  "start-differs": "it starts {here}, the machine asks for {asked}",
  "no-value-here": "empty",
  "key-items": "{key} has {count} items, a query may have one",
  "key-no-text": "{key} is no text",
  "key-characters": "{key} is asked for with {count} characters, at most {most}",
  "key-values": "{key} is asked for with {count} values, at most {most}",
  "key-not-matched": "{key} cannot be searched by here",
  "key-no-range": "{key} is no value or range",
  "too-many-answers": "{count} answers, this machine takes {limit}",
  "identifier-too-long": "The identifier is too long",
  "identifier-missing": "The query has no identifier",
  "identifier-malformed": "The identifier cannot be read: {why}",
  "awaited-association": "an answer to the association request",
  "no-whole-backup-in":
    "Cannot read the backup in {place}: there is no whole backup, check that this is the right place",
  "no-backup-named": "Cannot read the backup in {place}: there is no backup {name}, check that this is the right place",
} as const;

/** One of `ENGLISH`. */
export type Code = keyof typeof ENGLISH;
/** What may stand in a sentence. */
export type Parameter = string | number | Sentence;

/** A sentence by its code, with what stands in it. */
export interface Sentence {
  /** One of `ENGLISH`. */
  readonly code: Code;
  /** By the names that stand in braces. */
  readonly parameters: Readonly<Record<string, Parameter>>;
}

/** The names that stand in a sentence's braces. */
export type Names<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest>
  : never;
/** What must be given for a sentence: its parameters, where it has any. */
export type Of<Of extends Code> = [Names<typeof ENGLISH[Of]>] extends [never] ? []
  : [parameters: Readonly<Record<Names<typeof ENGLISH[Of]>, Parameter>>];

/** A sentence, such as `say("too-many-setup-codes", { wait: 5 })`. */
export function say<Each extends Code>(code: Each, ...[parameters]: Of<Each>): Sentence {
  return { code, parameters: parameters ?? {} };
}

/** A sentence in English; what has no code is English already. */
export function inEnglish(sentence: Sentence | string): string {
  if (typeof sentence === "string") return sentence;
  return ENGLISH[sentence.code].replaceAll(/\{(\w+)\}/g, (_, name) => {
    const parameter = sentence.parameters[name] ?? "";
    return typeof parameter === "object" ? inEnglish(parameter) : String(parameter);
  });
}

/** Whether this version can say a sentence that was kept: another one may have written it. */
export function isKnown({ code, parameters }: Sentence): boolean {
  const within = Object.values(parameters).filter((parameter) => typeof parameter === "object");
  return Object.hasOwn(ENGLISH, code) && within.every(isKnown);
}

/** A sentence that was kept; undefined where there is none that this version can say. */
export function known(sentence: Sentence | null | undefined): Sentence | undefined {
  return sentence && isKnown(sentence) ? sentence : undefined;
}

/** A row with a sentence by its code, as JSON, beside its English; null where the row is from before codes. */
export interface Kept {
  /** A sentence as JSON. */
  coded: string | null;
}

/** The sentence that a row keeps; undefined where it has none that this version can say. */
export function kept({ coded }: Kept): Sentence | undefined {
  return known(coded === null ? null : JSON.parse(coded));
}

/** A sentence in English, and by its code where it has one: what an answer has of it. */
export interface Told {
  /** In English. */
  detail: string;
  /** The same by its code, where it has one. */
  coded?: Sentence | undefined;
}

/** A sentence as an answer has it. */
export function told(sentence: Sentence | string): Told {
  return { detail: inEnglish(sentence), ...(typeof sentence === "object" && { coded: sentence }) };
}

/** What an error says, for an answer. */
export function toldOf(error: unknown): Told {
  if (error instanceof Refused) return told(error.told);
  return told(error instanceof Error ? error.message : String(error));
}

/** Several sentences as one. */
export function together([first, ...others]: readonly Sentence[]): Sentence {
  return others.reduce((one, other) => say("several", { one, other }), first!);
}

/** A refusal that is told in a sentence, which has a code where a page may have to tell it. */
export class Refused extends Error {
  /** By its code, where it has one. */
  readonly sentence: Sentence | undefined;

  /** Its name is that of the class, also of one that is derived. */
  constructor(sentence: Sentence | string, options?: ErrorOptions) {
    super(inEnglish(sentence), options);
    this.name = new.target.name;
    this.sentence = typeof sentence === "string" ? undefined : sentence;
  }

  /** As it was given: to be told on. */
  get told(): Sentence | string {
    return this.sentence ?? this.message;
  }
}
