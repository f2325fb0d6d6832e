# Builds on every architecture that Debian has: none is named here.
FROM debian:trixie-slim AS build
ENV CCACHE_DIR=/ccache
WORKDIR /source

# What is fetched and installed first, so that a change of the sources does not fetch it again.
COPY scripts/setup scripts/setup
COPY cmake/archives.txt cmake/archives.txt
RUN scripts/setup --build-only

# Debian's curl with all of its protocols would drag in as much again as the rest of the image.
# librdkafka needs HTTPS of it, to fetch OAuth tokens; so it is built with that alone, from Debian's
# sources. A mirror that lacks their patches still has the release that they are made for: better an
# image without them, which says so, than none.
WORKDIR /curl
RUN find /etc/apt -name '*.sources' -exec sed -i 's/^Types: deb$/& deb-src/' {} + && \
    find /etc/apt -name 'sources.list' -exec sed -i 's/^deb \(.*\)/&\ndeb-src \1/' {} + && \
    apt-get -q -o Acquire::Retries=5 update && \
    { apt-get -q source curl || \
      { echo "curl: this mirror lacks Debian's patches; going on without them" && \
        apt-get -q source --tar-only curl && \
        mkdir curl-release && tar -xf curl_*.orig.tar.[gx]z --strip-components=1 -C curl-release; }; } && \
    cmake -G Ninja -S curl-*/ -B build -D CMAKE_BUILD_TYPE=Release \
      -D CMAKE_POSITION_INDEPENDENT_CODE=ON -D BUILD_SHARED_LIBS=OFF -D BUILD_CURL_EXE=OFF \
      -D BUILD_LIBCURL_DOCS=OFF -D BUILD_MISC_DOCS=OFF -D BUILD_TESTING=OFF -D ENABLE_CURL_MANUAL=OFF \
      -D HTTP_ONLY=ON -D CURL_BROTLI=OFF -D CURL_USE_LIBPSL=OFF -D CURL_USE_LIBSSH2=OFF \
      -D CURL_ZSTD=OFF -D USE_LIBIDN2=OFF -D USE_NGHTTP2=OFF \
      -D CURL_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt && \
    cmake --build build && \
    cmake --install build
WORKDIR /source

COPY CMakeLists.txt CMakePresets.json LICENSE ./
COPY cmake cmake
COPY crds crds
COPY operator operator
RUN cmake --preset release -D BUILD_TESTING=OFF && \
    cmake --build --preset release --target offset-reset-operator

# What the image holds: the program, the shared libraries that it is linked to, the certificates of
# public authorities where OpenSSL and curl look for them, a name for the user, and the licences.
RUN set -eu; \
    program=build/release/offset-reset-operator; \
    mkdir -p /image/etc/ssl/certs /image/usr/lib/ssl /image/usr/share/doc/offset-reset-operator; \
    install "$program" /image/offset-reset-operator; \
    libraries=$(ldd "$program" | grep -o '/[^ ]*'); \
    cp --parents --dereference $libraries /image; \
    cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/; \
    ln -s /etc/ssl/certs/ca-certificates.crt /image/usr/lib/ssl/cert.pem; \
    ln -s /etc/ssl/certs /image/usr/lib/ssl/certs; \
    echo 'operator:x:65532:65532::/:/nologin' >/image/etc/passwd; \
    echo 'operator:x:65532:' >/image/etc/group; \
    echo 'hosts: files dns' >/image/etc/nsswitch.conf; \
    cp LICENSE /image/usr/share/doc/offset-reset-operator/copyright

FROM scratch
LABEL org.opencontainers.image.title="offset-reset-operator" \
      org.opencontainers.image.description="Resets the offsets of Kafka consumer groups from Kubernetes resources" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /image /
USER 65532:65532
EXPOSE 8080 8081
ENTRYPOINT ["/offset-reset-operator"]
