#!/bin/busybox sh
# The guest's only program: loads the drivers, then runs the commands that arrive on a virtio serial port. (The
# machine's own serial ports lose an interrupt now and then when the emulation is starved, and then wait for ever.)
#
# One request a line: "NUMBER SECONDS BASE64(command)". One answer a line: "R NUMBER STATUS BASE64(output)". Base64 keeps
# the framing whole whatever a command prints. A command that outlives SECONDS is killed (status 137).
/bin/busybox mkdir -p /proc /sys /dev /tmp /run /mnt /sbin /usr/bin /usr/sbin
/bin/busybox --install -s /bin
export PATH=/usr/bin:/usr/sbin:/bin:/sbin HOME=/tmp
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
for module in $(cat /modules/order); do
  insmod "/modules/$module" || echo "init: cannot load $module"
done
# No I/O of a test may fail because the emulation is slow or the back end is away for a while.
echo 0 > /proc/sys/kernel/hung_task_timeout_secs 2>/dev/null
dmesg -n 8
if grep -qw outrigger.probe /proc/cmdline; then
  echo "init: probe ok"
  poweroff -f
fi
exec 3<>"/dev/$(basename /sys/class/virtio-ports/vport*p1)"
echo "R 0 0 $(uname -r | base64 -w0)" >&3
echo "init: ready"
while true; do
  while IFS= read -r line <&3; do
    number=${line%% *}
    rest=${line#* }
    seconds=${rest%% *}
    printf %s "${rest#* }" | base64 -d > /tmp/.command 2>/dev/null
    timeout -s KILL "$seconds" sh /tmp/.command > /tmp/.output 2>&1 < /dev/null 3>&-
    status=$?
    # printf is a builtin: no limit on the length of its arguments, and the line goes out in one piece.
    printf 'R %s %s %s\n' "$number" "$status" "$(base64 -w0 /tmp/.output)" >&3
  done
  sleep 0.1 # nobody is connected on the other side
done
