"""Sheets of QR codes, one for each place, to be printed, cut and put up there."""
