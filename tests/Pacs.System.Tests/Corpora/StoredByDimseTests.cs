using Pacs.System.Tests.Servers;
using Xunit.Abstractions;

namespace Pacs.System.Tests.Corpora;

public sealed class StoredByDimseTests(OneProcessServer server, ITestOutputHelper output) : CorpusRoundTripTests(server, output), IClassFixture<OneProcessServer>
{
    private protected override string Expected(Refusal refusal) => refusal.CStore;

    private protected override async Task<string> StoreAsync(CorpusObject item)
    {
        if (item.SopClassUid.Length == 0 || item.SopInstanceUid.Length == 0) return Refusal.NotSent;
        var response = await Scu.StoreAsync(item.SopClassUid, item.SopInstanceUid, item.TransferSyntaxUid, item.Dataset);
        return response is null ? Refusal.NoContext : response.Status.IsSuccess ? "" : $"{response.Status.Value:X4}";
    }
}
