package let support = 1
