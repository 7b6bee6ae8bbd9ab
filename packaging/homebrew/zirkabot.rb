# A formula for Homebrew, which builds from source. release/build --url fills it in.
class Zirkabot < Formula
  desc "Reconciler and doctor for the model credentials of an AI gateway"
  homepage "https://docs.rs/zirkabot"
  url "@URL@/zirkabot-@VERSION@.crate"
  sha256 "@SHA256@"
  license "MIT"

  depends_on "rust" => :build

  def install
    system "cargo", "install", *std_cargo_args
    (man1/"zirkabot.1").write Utils.safe_popen_read(bin/"zirkabot", "man")
    generate_completions_from_executable(bin/"zirkabot", "completions")
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/zirkabot --version")
    assert_match "zirkabot", shell_output("#{bin}/zirkabot models status")
  end
end
