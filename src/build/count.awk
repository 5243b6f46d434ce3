# Counts the tests in build/reports/RUN/*.xml, or RUN/SEED/*.xml, each file of a run before its status: see junit.
function value(key) {
  if (!match($0, " " key "=\"[^\"]*")) return ""
  s = substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 3)
  gsub(/&lt;/, "<", s); gsub(/&gt;/, ">", s); gsub(/&quot;/, "\"", s); gsub(/&amp;/, "\\&", s)
  return s
}
# What it is, for the list, with each seed that it was seen with
function note(what) {
  if (!times[what]++) { list[++length_of_list] = what; run_of[what] = run }
  seeds[what] = seeds[what] " " seed
}
{ parts = split(FILENAME, path, "/"); run = path[3]; seed = parts > 4 ? path[4] : "" }
FILENAME ~ /status$/ {
  rounds[run]++
  if ($1 && !bad[run, seed]) {
    failed++
    note("failed: " run " ended with status " $1 ", see build/reports/" run "/" (seed ? "SEED/" : "") "log")
  }
  next
}
/^<testcase / { test = value("classname") "." value("name") " on " run; passed++ }
/^<skipped/ {
  skipped++; passed--
  why = $0
  sub(/.*(Assumption failed: |CDATA\[)/, "", why); sub(/\]\]>.*/, "", why)
  note("skipped: " test ": " why)
}
/^<(failure|error)/ { failed++; passed--; note("failed: " test); bad[run, seed] = 1 }
function print_those(that) {
  for (i = 1; i <= length_of_list; i++) {
    what = list[i]
    if (what ~ that) print what (seeds[what] ~ /[0-9]/ ? \
      ", " times[what] " of " rounds[run_of[what]] " times, SEED=" substr(seeds[what], 2) : "")
  }
}
END {
  print_those("^skipped")
  print_those("^failed")
  printf "%d passed, %d failed%s\n", passed, failed, skipped ? ", " skipped " skipped" : ""
  exit failed || !(passed + skipped) || (skipped && ci == "true")
}
