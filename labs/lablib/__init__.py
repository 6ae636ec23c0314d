# SPDX-License-Identifier: MIT
"""lablib - what the lab tools share: finding functions, making trees, running, grading."""
