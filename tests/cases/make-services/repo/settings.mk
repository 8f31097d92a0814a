PROJECT := shop
SERVICES := api web
TAG = 2
image_of = $(PROJECT)/$(1):$(TAG)
