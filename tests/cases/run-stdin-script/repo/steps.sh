echo made > /result
