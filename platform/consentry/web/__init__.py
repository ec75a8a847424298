"""What every door needs of HTTP: limits, headers, cookies, CSRF, pages.

Owns how we speak to browsers and peers. Leaves what is said to the doors.
"""
