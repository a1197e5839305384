package let portable = 1
