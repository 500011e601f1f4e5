/** What the pages say about the box's touchscreen. */
export const touchEnglish = {
  title: "Touches on the box's own screen",
  lead:
    "Where touches land beside the finger, touch five crosses: the box then corrects them. That is tried for five " +
    "minutes, and goes back by itself unless the crosses are hit then.",
  states: {
    uncalibrated: "Touches are taken as they come.",
    trying: "A calibration is being tried. Touch the crosses on the box's own screen within five minutes to keep it.",
    kept: "Touches are corrected.",
  },
  elsewhere: "Open this page on the box's own screen to touch the crosses.",
  begin: "Touches land beside the finger",
  check: "Touch the crosses to keep it",
  back: "Back to uncalibrated",
  page: "Calibrate the touchscreen",
  touch: (number: number, of: number) => `Touch the middle of the cross with one finger: ${number} of ${of}`,
  waits: "This page closes when nothing is touched for a minute.",
  again: "Try again",
  unlikely:
    "The touches do not fit together, so nothing was changed. Touch the middle of each cross with one finger, and try again.",
  missed: "Touches still land beside the crosses. Try again, or calibrate anew: otherwise it goes back by itself.",
  tried:
    "The screen is black for a moment. Sign in again within five minutes and touch the crosses to keep it: otherwise " +
    "it goes back by itself.",
  keeps: "All crosses were hit: the calibration stays.",
};
