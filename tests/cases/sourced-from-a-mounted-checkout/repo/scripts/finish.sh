mkdir -p pack/conf
docker build -t app .
