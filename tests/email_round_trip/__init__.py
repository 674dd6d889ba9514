"""Agent to customer and back, through Postfix, Dovecot and Sieve, with a real engine process."""
