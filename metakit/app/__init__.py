"""What people start: the command line, the doctor, the server's settings."""
