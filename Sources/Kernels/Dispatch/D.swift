package let dispatch = 1
