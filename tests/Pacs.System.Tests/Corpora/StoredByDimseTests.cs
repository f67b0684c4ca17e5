using Pacs.System.Tests.Servers;
using Xunit.Abstractions;

namespace Pacs.System.Tests.Corpora;

public sealed class StoredByDimseTests(OneProcessServer server, ITestOutputHelper output) : CorpusRoundTripTests(server, output), IClassFixture<OneProcessServer>
{
    protected override IReadOnlyDictionary<string, string> ExpectedRefusals { get; } = new Dictionary<string, string>();

    private protected override async Task<string?> StoreAsync(CorpusObject item)
    {
        if (item.SopClassUid.Length == 0) return "nothing to propose: no SOP Class UID";
        var response = await Scu.StoreAsync(item.SopClassUid, item.SopInstanceUid, item.TransferSyntaxUid, item.Dataset);
        return response is null ? "no presentation context" : response.Status.IsSuccess ? null : $"{response.Status.Value:X4} {response.ErrorComment}";
    }
}
