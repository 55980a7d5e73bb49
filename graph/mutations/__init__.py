"""The schema's mutations: decode, run one command, encode."""
