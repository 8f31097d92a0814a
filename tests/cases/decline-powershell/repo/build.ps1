param([string]$Tag = "latest")
docker build -t b -f Dockerfile.build .
docker create --name e b
docker cp e:/tool tool
docker build -t app:$Tag .
