// deno-lint-ignore-file no-var no-inner-declarations
/*
 * The floor under the pages, for browsers that cannot start them: plain script of the year 2009, loaded by itself. When
 * the page has not begun after a while it says why, and gives a plain list with *Send*.
 */
(function () {
  /** So long may a page take, milliseconds. */
  var PATIENCE = 8000;

  var WORDS = {
    en: {
      title: "This page cannot start here",
      old: "This browser is too old for it: use a newer one, or update this device. A plain list is below.",
      silent: "The box does not answer. It is asked again by itself.",
      failed: "A part of it did not load. Load the page again; if this stays, tell whoever looks after the box:",
      again: "Load again",
      username: "User name",
      password: "Password",
      signIn: "Sign in",
      refused: "Cannot sign in: check user name and password.",
      send: "Send to machine",
      sent: "Sent",
      notSent: "Not sent: try again.",
      nobody: "No appointments today.",
    },
    hi: {
      title: "यह पृष्ठ यहाँ शुरू नहीं हो सकता",
      old: "यह ब्राउज़र बहुत पुराना है: नया ब्राउज़र इस्तेमाल करें, या उपकरण को अपडेट करें। नीचे सादी सूची है।",
      silent: "बॉक्स उत्तर नहीं दे रहा। अपने-आप फिर पूछा जाता है।",
      failed: "इसका एक हिस्सा नहीं आया। पृष्ठ फिर खोलें; ऐसा ही रहे तो बॉक्स देखने वाले को बताएँ:",
      again: "फिर खोलें",
      username: "यूज़र नाम",
      password: "पासवर्ड",
      signIn: "साइन इन",
      refused: "साइन इन नहीं हो सका: यूज़र नाम और पासवर्ड देखें।",
      send: "मशीन को भेजें",
      sent: "भेजा गया",
      notSent: "नहीं भेजा गया: फिर कोशिश करें।",
      nobody: "आज कोई अपॉइंटमेंट नहीं।",
    },
  };
  var words = /^hi/.test(chosenLanguage()) ? WORDS.hi : WORDS.en;
  /** the first error of a script, in the browser's own words */
  var failure = "";
  var floor: HTMLElement | null = null;

  function chosenLanguage() {
    try {
      return localStorage.getItem("language") || navigator.language || "";
    } catch (_blocked) {
      return navigator.language || "";
    }
  }

  function hasStarted() {
    var page = document.getElementById("page");
    var first = page && page.firstElementChild;
    return !!first && first.className !== "arriving";
  }

  function isTooOld() {
    return !("noModule" in document.createElement("script")) || typeof Promise === "undefined" ||
      !("hasOwn" in Object) || typeof HTMLDialogElement === "undefined";
  }

  function element(name: string, text?: string, parent?: HTMLElement): HTMLElement {
    var made = document.createElement(name);
    if (text) made.appendChild(document.createTextNode(text));
    if (parent) parent.appendChild(made);
    return made;
  }

  function ask(method: string, path: string, body: unknown, then: (status: number, answer: unknown) => void) {
    var request = new XMLHttpRequest();
    request.open(method, path);
    if (body) request.setRequestHeader("content-type", "application/json");
    request.onreadystatechange = function () {
      if (request.readyState !== 4) return;
      var answer = null;
      try {
        answer = JSON.parse(request.responseText);
      } catch (_none) {
        // an answer without words is told by its status
      }
      then(request.status, answer);
    };
    request.send(body ? JSON.stringify(body) : null);
  }

  function say(why: string) {
    if (floor) return;
    floor = element("main", "", document.body);
    floor.className = "floor";
    element("h1", words.title, floor);
    element("p", why, floor);
    if (failure) element("p", failure, floor).className = "floor-detail";
    element("button", words.again, floor).onclick = function () {
      location.reload();
    };
  }

  /** Without what newer browsers have: who is booked today, and a button for each. */
  function plainList() {
    var list = element("div", "", floor!);
    list.className = "floor-list";
    show();

    function show() {
      ask("GET", "/api/appointments", null, function (status, answer) {
        list.innerHTML = "";
        if (status === 401) return signIn();
        if (status !== 200) return void element("p", words.silent, list);
        var appointments = answer as { id: string; time: string; status: string; patient: Record<string, string> }[];
        if (appointments.length === 0) element("p", words.nobody, list);
        for (var n = 0; n < appointments.length; n++) row(appointments[n]!);
      });
    }

    function row(one: { id: string; time: string; status: string; patient: Record<string, string> }) {
      var line = element("p", "", list);
      var patient = one.patient;
      element("b", one.time.slice(0, 5) + " " + patient.firstName + " " + patient.lastName, line);
      element("span", " " + patient.id + " " + (patient.birthDate || "") + " " + (patient.gender || "") + " ", line);
      if (one.status !== "scheduled") return void element("i", one.status, line);
      var button = element("button", words.send, line) as HTMLButtonElement;
      button.onclick = function () {
        button.disabled = true;
        ask(
          "POST",
          "/api/appointments/" + encodeURIComponent(one.id) + "/send",
          { machineId: null },
          function (status) {
            button.disabled = status === 200;
            button.innerHTML = "";
            element("span", status === 200 ? words.sent : words.notSent, button);
          },
        );
      };
    }

    function signIn() {
      var form = element("form", "", list) as HTMLFormElement;
      var username = field(form, words.username, "text");
      var password = field(form, words.password, "password");
      element("button", words.signIn, form);
      var problem = element("p", "", form);
      form.onsubmit = function (event) {
        if (event && event.preventDefault) event.preventDefault();
        ask("POST", "/api/session", { username: username.value, password: password.value }, function (status) {
          if (status === 200) return show();
          problem.innerHTML = "";
          element("span", words.refused, problem);
        });
        return false;
      };
    }

    function field(form: HTMLElement, label: string, type: string): HTMLInputElement {
      var line = element("label", label + " ", form);
      var input = element("input", "", line) as HTMLInputElement;
      input.type = type;
      return input;
    }
  }

  addEventListener("error", function (event) {
    if (!failure && event.message) failure = event.message;
  });
  addEventListener("unhandledrejection", function (event) {
    var reason = (event as PromiseRejectionEvent).reason;
    if (!failure && reason && !hasStarted()) failure = String(reason.message || reason);
  });

  function look() {
    if (hasStarted()) {
      if (floor && floor.parentNode) floor.parentNode.removeChild(floor);
      floor = null;
      return;
    }
    if (!floor) {
      if (isTooOld()) {
        say(words.old);
        return plainList();
      }
      ask("GET", "/api/box", null, function (status) {
        if (hasStarted()) return;
        if (status !== 200) return say(words.silent);
        say(words.failed);
        plainList();
      });
    }
    // it may begin yet
    setTimeout(look, 1000);
  }
  setTimeout(look, PATIENCE);
})();
