#!/usr/bin/env python3
"""Open the customer in the shop's admin pages. What they are called is only ever data in the URL.

SHOP is where those pages are: https://shop.example/admin.
"""

import json
import os
import sys
import urllib.parse
import webbrowser

shop = os.environ.get("SHOP", "https://shop.example/admin")
card = json.load(sys.stdin)["customer_card"]
email = next((one["address"] for one in card["identities"] if one["channel"] == "email"), "")
if not email:
    sys.exit("this customer has no e-mail address")
url = f"{shop}/customers?{urllib.parse.urlencode({'email': email})}"
if not webbrowser.open(url):
    sys.exit(f"there is no browser here: {url}")
