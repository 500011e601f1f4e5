import { useEffect, useState } from "./html.ts";

/** The present minute in milliseconds since 1970, fresh at each turn of the minute. */
export function useMinute() {
  const [minute, setMinute] = useState(present);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    function tick() {
      setMinute(present());
      timer = setTimeout(tick, 60_000 - (Date.now() % 60_000) + 20);
    }
    timer = setTimeout(tick, 60_000 - (Date.now() % 60_000) + 20);
    return () => clearTimeout(timer);
  }, []);
  return minute;
}

function present() {
  return Math.floor(Date.now() / 60_000) * 60_000;
}
