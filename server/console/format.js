// Numbers, sizes and times as people read them.

export const number = (value) => Number(value).toLocaleString('en-US');

export function size(bytes) {
  if (bytes < 1024) return `${number(bytes)} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = bytes;
  let unit = -1;
  do {
    value /= 1024;
    ++unit;
  } while (value >= 1023.95 && unit < units.length - 1);
  return `${value.toFixed(1)} ${units[unit]}`;
}

// 1234567 -> "1.2 M": for rates and axes.
export function short(value) {
  if (value < 10 && !Number.isInteger(value)) return value.toFixed(1);
  if (value < 10000) return number(Math.round(value));
  if (value < 1e6) return `${(value / 1e3).toFixed(value < 1e5 ? 1 : 0)} k`;
  return value < 1e9 ? `${(value / 1e6).toFixed(1)} M` : `${(value / 1e9).toFixed(1)} G`;
}

export function percentOf(part, whole) {
  if (whole === 0 || part === 0) return '0%';
  const share = (100 * part) / whole;
  return share < 0.1 ? '<0.1%' : `${share.toFixed(1)}%`;
}

export function duration(seconds) {
  if (seconds < 1) return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  if (seconds < 86400)
    return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${number(Math.floor(seconds / 86400))} d ${Math.floor((seconds % 86400) / 3600)} h`;
}

// Microseconds a command took.
export function micros(us) {
  if (us < 1000) return `${us} \u00b5s`;
  return us < 1e6 ? `${(us / 1000).toFixed(1)} ms` : `${(us / 1e6).toFixed(2)} s`;
}

const two = (value) => String(value).padStart(2, '0');

// "2026-03-01 14:30:05" in local time, of an ISO 8601 time or milliseconds since 1970.
export function time(when) {
  const date = new Date(when);
  if (Number.isNaN(date.getTime())) return String(when);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

// "3 min ago", "in 2 h": coarse, beside the exact time.
export function distance(when) {
  const seconds = (new Date(when).getTime() - Date.now()) / 1000;
  const absolute = Math.abs(seconds);
  if (absolute < 5) return 'now';
  const words =
    absolute < 60
      ? `${Math.round(absolute)} s`
      : absolute < 3600
        ? `${Math.round(absolute / 60)} min`
        : absolute < 86400
          ? `${Math.round(absolute / 3600)} h`
          : `${Math.round(absolute / 86400)} d`;
  return seconds < 0 ? `${words} ago` : `in ${words}`;
}
