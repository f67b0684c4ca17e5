using System.Net;
using System.Text.Json;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Stow;

public sealed class StowRulesTests : ApiServer
{
    protected override (string Key, string Value)[] Settings =>
    [
        ("Pacs:Http:Rules:StorageSopClasses", "Standard"), ("Pacs:Http:Rules:Duplicates", "Reject"), ("Pacs:Http:Rules:Validation", "Iod"),
        ("Pacs:Http:Rules:ValidationAction", "Warn"), ("Pacs:Http:Rules:TransferSyntaxes:0", Uids.ExplicitVRLittleEndian), ("Pacs:Http:MaxMetadataBytes", "65536"),
    ];

    [Fact]
    public async Task Store_ByRules_IsTakenWarnedOfOrRefusedEachWithItsReason()
    {
        var good = SampleObjects.Ct(SampleOptions.Fresh());
        var faulty = SampleObjects.Ct(SampleOptions.Fresh() with { Customize = d => d.Remove(Tags.Rows) });
        var unknownClass = SampleObjects.Ct(SampleOptions.Fresh() with { SopClassUid = "1.2.3.4.5" });
        var otherSyntax = SampleObjects.Ct(SampleOptions.Fresh() with { TransferSyntax = TransferSyntaxRegistry.ImplicitVrLittleEndian });
        var changed = SampleObjects.Ct(SampleOptions.Fresh() with { SopInstanceUid = good.SopInstanceUid });
        await StoreAsync(good);
        using var response = await Http.PostAsync("/dicomweb/studies", Multipart(unknownClass.ToPart10(), good.ToPart10(), otherSyntax.ToPart10(), faulty.ToPart10(), changed.ToPart10()));
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var report = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal([(unknownClass.SopInstanceUid, 0x0122), (otherSyntax.SopInstanceUid, 0xC122), (changed.SopInstanceUid, 0x0111)], Reasons(report, "00081198", "00081197"));
        Assert.Equal([(good.SopInstanceUid, 0), (faulty.SopInstanceUid, 0xB007)], Reasons(report, "00081199", "00081196"));
    }

    [Fact]
    public async Task Store_MoreMetadataThanIsTaken_IsRefused()
    {
        using var response = await Http.PostAsync("/dicomweb/studies", MetadataRequest.Parts("application/dicom+json", ("application/dicom+json", null, MetadataRequest.Json(SampleObjects.Ct(SampleOptions.Fresh() with { Rows = 300, Columns = 300 }).Dataset))));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("Over 65536 bytes of metadata", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static IEnumerable<(string, int)> Reasons(JsonElement report, string sequence, string reason) =>
        report.GetProperty(sequence).GetProperty("Value").EnumerateArray().Select(i =>
            (i.GetProperty("00081155").GetProperty("Value")[0].GetString()!, i.TryGetProperty(reason, out var r) ? r.GetProperty("Value")[0].GetInt32() : 0));
}
