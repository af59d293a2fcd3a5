"""The supervisor behind `./voltpact up`, the checks of `/healthz` and `doctor`, and the embedded Redis. Starts things; decides nothing."""
