# For Nix: `nix run` and `nix profile install` build zirkabot from this source.
{
  description = "Reconciler and doctor for the model credentials of an AI gateway";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ];
      each = make: nixpkgs.lib.genAttrs systems (system: make nixpkgs.legacyPackages.${system});
      manifest = (builtins.fromTOML (builtins.readFile ./Cargo.toml)).package;
    in
    {
      packages = each (pkgs: {
        default = pkgs.rustPlatform.buildRustPackage {
          pname = manifest.name;
          version = manifest.version;
          src = self;
          cargoLock.lockFile = ./Cargo.lock;
          nativeBuildInputs = [ pkgs.installShellFiles ];
          # The tests want programs of other people: tests/run.
          doCheck = false;
          postInstall = ''
            $out/bin/zirkabot man > zirkabot.1
            installManPage zirkabot.1
            for shell in bash fish zsh; do
              $out/bin/zirkabot completions $shell > zirkabot.$shell
              installShellCompletion --cmd zirkabot --$shell zirkabot.$shell
            done
          '';
          meta = {
            description = manifest.description;
            license = pkgs.lib.licenses.mit;
            mainProgram = "zirkabot";
          };
        };
      });
    };
}
