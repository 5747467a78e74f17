# One case, Reno above CUBIC: Linux's line wide and pale, the simulated one thin on top of it. The recorded file says by
# its columns whether windows are drawn or, of a short transfer, what was sent and acknowledged.
# Variables: recorded (path without "-reno.csv"), simulated (folder), out, title.
set datafile separator ","
set terminal pngcairo size 880,620 font "DejaVu Sans,10" rounded background "white"
set output out
set encoding utf8

columns = system(sprintf("head -n 1 '%s-reno.csv'", recorded))
windows = strstrt(columns, "cwnd") > 0
last_time(file) = real(system(sprintf("tail -n 1 '%s' | cut -d, -f1", file)))
longest = 0
do for [cc in "reno cubic"] {
  t = last_time(recorded . "-" . cc . ".csv")
  longest = t > longest ? t : longest
}

set style line 1 lc rgb "#E69F00" lw 5
set style line 2 lc rgb "#0072B2" lw 1.5
set style line 3 lc rgb "#CC79A7" lw 5
set style line 4 lc rgb "#000000" lw 1.2
set grid lc rgb "#DDDDDD" lw 1
set border 3
set tics nomirror out
set key outside right top vertical Left reverse samplen 2 spacing 1.2
set xrange [0:longest * 1.02]
set yrange [0:*]
set ylabel windows ? "congestion window [segments]" : "payload [kB]"

set multiplot layout 2,1 title title font ",12"
do for [cc in "reno cubic"] {
  kernel = recorded . "-" . cc . ".csv"
  ours = simulated . "/" . cc . ".csv"
  set xlabel cc eq "cubic" ? "time [s]" : ""
  set title cc eq "cubic" ? "CUBIC" : "Reno" offset 0,-0.5
  if (windows) {
    plot kernel every ::1 using 1:2 with steps ls 1 title "Linux 6.18", \
         ours every ::1 using 1:2 with steps ls 2 title "wirelab"
  } else {
    plot kernel every ::1 using 1:($2/1000) with steps ls 1 title "Linux 6.18, sent", \
         ours every ::1 using 1:($2/1000) with steps ls 2 title "wirelab, sent", \
         kernel every ::1 using 1:($3/1000) with steps ls 3 title "Linux 6.18, acknowledged", \
         ours every ::1 using 1:($3/1000) with steps ls 4 title "wirelab, acknowledged"
  }
}
unset multiplot
