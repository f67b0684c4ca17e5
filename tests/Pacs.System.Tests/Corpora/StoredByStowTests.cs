using Pacs.System.Tests.Servers;
using Xunit.Abstractions;

namespace Pacs.System.Tests.Corpora;

public sealed class StoredByStowTests(OneProcessServer server, ITestOutputHelper output) : CorpusRoundTripTests(server, output), IClassFixture<OneProcessServer>
{
    private protected override string Expected(Refusal refusal) => refusal.Stow;

    private protected override async Task<string> StoreAsync(CorpusObject item) => await Web.StowAsync(item.File) is { } reason ? $"{reason:X4}" : "";
}
