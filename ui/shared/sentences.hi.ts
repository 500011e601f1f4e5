// Longer than other files: every sentence of the box stands in one list, for who translates it.

/**
 * What the box says by itself, as it writes it and in Hindi. `{}` is whatever stands there: a number, a name, or another
 * of these sentences.
 */
export const SAID_IN_HINDI: [english: string, hindi: string][] = [
  // why a picture cannot be shown: what is wrong with the object is for who looks after machines, in its own words
  ["The object has no rows or no columns of pixels", "फ़ाइल में चित्र की पंक्तियाँ या स्तंभ नहीं हैं"],
  ["The object is a video", "यह वीडियो है"],
  ["The object holds no picture", "इस फ़ाइल में कोई चित्र नहीं है"],
  ["The {} file holds no picture", "इस फ़ाइल में कोई चित्र नहीं है ({})"],
  ["The object lacks its lookup table ({})", "चित्र की रंग-तालिका नहीं है ({})"],
  ["The object's palette {}", "चित्र की रंग-तालिका पढ़ी नहीं जा सकती ({})"],
  ["The object cannot be read: {}", "फ़ाइल पढ़ी नहीं जा सकती ({})"],
  ["The object is written in a transfer syntax that the box does not know: {}", "फ़ाइल का रूप बॉक्स नहीं जानता ({})"],
  ["The object says {}", "फ़ाइल और उसके चित्र का आकार अलग है ({})"],
  ["The deflated object {}", "दबाई हुई फ़ाइल खोली नहीं जा सकती ({})"],
  ["The compressed picture {}", "दबाया हुआ चित्र पढ़ा नहीं जा सकता ({})"],
  ["The JPEG picture {}", "दबाया हुआ चित्र अधूरा या ख़राब है ({})"],
  ["The JPEG picture's {}", "दबाया हुआ चित्र अधूरा या ख़राब है ({})"],
  ["The JPEG 2000 picture's {}", "दबाया हुआ चित्र अधूरा या ख़राब है ({})"],
  ["The RLE frame {}", "दबाया हुआ चित्र अधूरा या ख़राब है ({})"],
  ["The RLE frame's {}", "दबाया हुआ चित्र अधूरा या ख़राब है ({})"],
  ["An RLE segment {}", "दबाया हुआ चित्र अधूरा या ख़राब है ({})"],
  ["The box does not draw {}", "इस तरह का चित्र बॉक्स नहीं बना सकता ({})"],
  ["The box does not decompress {}", "इस तरह का चित्र बॉक्स खोल नहीं सकता ({})"],
  ["A picture of {} is larger than the box draws", "चित्र बॉक्स के लिए बहुत बड़ा है ({})"],
  ["A video cannot be decompressed into frames", "वीडियो के फ़्रेम अलग नहीं किए जा सकते"],
  ["The frame is not all there: {}", "फ़्रेम अधूरा है ({})"],
  ["Frame {} is not all there: {}", "फ़्रेम {} अधूरा है ({})"],
  ["Frame {} is not of the size of the first", "फ़्रेम {} पहले फ़्रेम के आकार का नहीं है"],
  ["Frame {} is {} bytes long, more than the box draws", "फ़्रेम {} बॉक्स के लिए बहुत बड़ा है ({})"],
  ["Frame {} cannot be told from the others: {}", "फ़्रेम {} को दूसरों से अलग नहीं किया जा सकता"],
  ["Frame {} is not there: {}", "फ़्रेम {} नहीं आया ({})"],
  ["There is no frame {}: the object says it has {}", "फ़्रेम {} नहीं है, कुल {} हैं"],
  ["The file ends within {}", "फ़ाइल बीच में ही ख़त्म हो जाती है ({})"],
  ["Drawing the picture took longer than {} seconds", "चित्र बनाने में {} सेकंड से ज़्यादा लगे"],
  ["Drawing the picture took more than {} MB of memory", "चित्र बनाने में {} मेगाबाइट से ज़्यादा मेमोरी लगी"],
  ["Drawing the picture took more memory than it may", "चित्र बनाने में बहुत ज़्यादा मेमोरी लगी"],
  ["Drawing the picture ended the program that draws: {}", "इस चित्र से चित्र बनाने वाला प्रोग्राम बंद हो गया ({})"],
  ["reading it took longer than {} seconds", "पढ़ने में {} सेकंड से ज़्यादा लगे"],
  ["reading it took more than {} MB of memory", "पढ़ने में {} मेगाबाइट से ज़्यादा मेमोरी लगी"],
  ["reading it took more memory than it may", "पढ़ने में बहुत ज़्यादा मेमोरी लगी"],
  ["reading it ended the program that draws: {}", "पढ़ने से चित्र बनाने वाला प्रोग्राम बंद हो गया ({})"],
  [
    "The box does not try this object any more: {}",
    "बॉक्स अब इस चित्र को बनाने की कोशिश नहीं करता; सेटिंग में देखें",
  ],
  ["The JPEG picture has more than {} scans", "चित्र बॉक्स के लिए बहुत बड़ा है (स्कैन: {} से ज़्यादा)"],
  ["The file is missing", "फ़ाइल गायब है"],
  ["The file was removed for its age", "फ़ाइल पुरानी होने के कारण हटा दी गई"],
  ["The file's bytes are not those that came", "फ़ाइल वैसी नहीं है जैसी आई थी"],
  ["The file has {} bytes instead of {}", "फ़ाइल का आकार ग़लत है: {} बाइट, होना चाहिए {}"],
  ["The file cannot be read: {}", "फ़ाइल पढ़ी नहीं जा सकती ({})"],

  // what is odd about a measured value
  ["no value", "मान नहीं है"],
  ["decimal comma", "दशमलव अल्पविराम"],
  ["not a number", "संख्या नहीं है"],
  ["no unit", "इकाई नहीं है"],
  ["the report has more values than the box lists, open its tree", "रिपोर्ट में इससे ज़्यादा मान हैं, पूरी रिपोर्ट खोलें"],

  // machines, people, settings
  ["the appointment's id is longer than 64 characters", "अपॉइंटमेंट की आईडी 64 अक्षरों से लंबी है"],
  [
    'the accession number "{}" is longer than 16 characters or has a sign machines do not take',
    "नंबर {} 16 अक्षरों से लंबा है या उसमें ऐसा चिह्न है जो मशीनें नहीं लेतीं",
  ],
  ["the patient has no id", "मरीज़ की आईडी नहीं है"],
  [
    "the patient's id is longer than 64 characters or has a sign machines do not take",
    "मरीज़ की आईडी 64 अक्षरों से लंबी है या उसमें ऐसा चिह्न है जो मशीनें नहीं लेतीं",
  ],
  ["the patient has no name", "मरीज़ का नाम नहीं है"],
  ['the patient\'s birth date "{}" is no date', "मरीज़ की जन्म तारीख़ {} तारीख़ नहीं है"],
  ["the patient's birth date {} is after the appointment", "मरीज़ की जन्म तारीख़ {} अपॉइंटमेंट के बाद की है"],
  ["the user name is empty or longer than 100 characters", "नाम ख़ाली है या 100 अक्षरों से लंबा है"],
  ['the role "{}" is none of receptionist, doctor and admin', "भूमिका {} जानी हुई नहीं है"],
  [
    "the clinic has this user name more than once: one of them needs another name",
    "क्लिनिक में यह नाम एक से ज़्यादा बार है: एक का नाम बदलें",
  ],
  [
    '"{}" does not say whether they may sign in: make active a boolean',
    "{} से पता नहीं चलता कि अनुमति है या नहीं: यहाँ हाँ या नहीं रखें",
  ],
  ["the clinic has more than {} users, and the others are not read", "क्लिनिक में {} से ज़्यादा लोग हैं, बाकी नहीं पढ़े गए"],
  [
    "{} people are gone from the clinic's list at once and kept for now",
    "{} लोग क्लिनिक की सूची से एक साथ गायब हुए, अभी रखे हैं",
  ],
  ["the password is kept in a form the box cannot check", "पासवर्ड ऐसे रूप में है जिसे बॉक्स जाँच नहीं सकता"],
  ["the scan is completed", "जाँच पूरी हो चुकी है"],
  ["the appointment is cancelled", "अपॉइंटमेंट रद्द है"],
  ["the patient did not come", "मरीज़ नहीं आए"],
  ["it was sent too long ago", "बहुत पहले भेजा गया था"],
  [
    "it was sent to {}, and this machine gets only its own list",
    "{} को भेजा गया था, और इस मशीन को केवल अपनी सूची मिलती है",
  ],
  [
    "it is for {}, more than {} days from today, this machine's window",
    "{} के लिए है, आज से {} दिन से दूर, जितना इस मशीन को मिलता है",
  ],
  ["{} is {} here, the machine asks for {}", "{} यहाँ {} है, मशीन {} माँगती है"],
  ["{} is empty here", "{} यहाँ ख़ाली है"],
  ["it starts {}, the machine asks for {}", "यह {} पर है, मशीन {} माँगती है"],
  ["it was sent while the machine was asking", "तब भेजा गया जब मशीन पूछ ही रही थी"],
  ["its answer could not be written: {}", "उसका जवाब नहीं लिखा जा सका: {}"],
  ["{} has {} items, a query may have one", "{} में {} चीज़ें हैं, सवाल में एक हो सकती है"],
  ["{} is no value or range", "{} में न मान है, न सीमा"],
  ["{} is asked for with {} characters, at most {}", "{} में {} अक्षर माँगे गए, ज़्यादा से ज़्यादा {}"],
  ["{} is asked for with {} values, at most {}", "{} में {} मान माँगे गए, ज़्यादा से ज़्यादा {}"],
  ["{} answers, this machine takes {}", "{} जवाब हैं, यह मशीन {} लेती है"],
  ["The identifier is too long", "सवाल बहुत लंबा है"],
  ["The query has no identifier", "सवाल ख़ाली है"],
  ["broken off before the last answer", "आख़िरी जवाब से पहले टूट गया"],
  ["cancelled", "मशीन ने रोक दिया"],
  [
    "Cannot use the address of the clinic's database: {}, write it as {}",
    "क्लिनिक के डेटाबेस का यह पता नहीं चलेगा: {}, इसे ऐसे लिखें: {}",
  ],
  ["it does not begin with {}", "वह {} से शुरू नहीं होता"],
  [
    "it is no address (a special character in the password is written as {})",
    "वह पता नहीं है (पासवर्ड का विशेष अक्षर {} के रूप में लिखें)",
  ],
  ["it names no user", "उसमें उपयोगकर्ता का नाम नहीं है"],
  ["it names no database", "उसमें डेटाबेस का नाम नहीं है"],
  ["sslmode is one of {}", "एन्क्रिप्शन का ढंग इनमें से एक हो: {}"],
  ["Cannot use {}: {}", "{} नहीं चलेगा: {}"],

  // how the box is
  [
    "Images cannot be kept: {}. Restart the box; if this stays, its disk is broken.",
    "चित्र सहेजे नहीं जा सकते ({})। बॉक्स फिर शुरू करें; ठीक न हो तो डिस्क ख़राब है।",
  ],
  [
    "Worklists and images cannot be written down: {}. Restart the box; if this stays, its disk is broken.",
    "सूचियाँ और चित्र लिखे नहीं जा सकते ({})। बॉक्स फिर शुरू करें; ठीक न हो तो डिस्क ख़राब है।",
  ],
  ["the disk has not answered for {} s", "डिस्क ने {} सेकंड से जवाब नहीं दिया"],

  // the clinic's database
  [
    "the schedule has this appointment several times, and says different things of it",
    "सूची में यह अपॉइंटमेंट कई बार है, और हर बार कुछ अलग",
  ],

  // the rescue of a box that cannot work with its data
  ["database disk image is malformed", "फ़ाइल ख़राब है"],
  ["file is not a database", "यह स्टोर की फ़ाइल नहीं है"],

  // tokens
  ["sslfingerprint is the SHA-256 of a certificate, beside sslmode=verify-full", "प्रमाणपत्र की छाप सही रूप में नहीं है"],
  [
    "it is version {} and version {} runs, choose to go back to an older one.",
    "यह संस्करण {} है और {} चल रहा है, पुराने पर लौटना हो तो वह चुनें।",
  ],
];
