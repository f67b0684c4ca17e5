using Pacs.System.Tests.Servers;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Samples;
using Xunit.Abstractions;

namespace Pacs.System.Tests.Corpora;

/// <summary>
/// Real files: in by C-STORE or by STOW-RS, found by their UIDs through QIDO-RS and C-FIND, back by WADO-RS and C-GET with the
/// same bytes in their data set. Several share UIDs, so each is fetched and deleted before the next comes.
/// </summary>
public abstract class CorpusRoundTripTests(ServerFixture fixture, ITestOutputHelper output)
{
    private protected TestScu Scu => fixture.Scu;
    private protected DicomWebClient Web => fixture.Web;

    /// <summary>Sends the object: empty when it was stored, else how it was refused.</summary>
    private protected abstract Task<string> StoreAsync(CorpusObject item);

    /// <summary>What <see cref="StoreAsync"/> is to say of a file that is listed.</summary>
    private protected abstract string Expected(Refusal refusal);

    [Fact]
    public async Task Corpus_EveryFile_ComesBackByteForByteOrIsRefusedForTheReasonGiven()
    {
        List<string> faults = [];
        foreach (var file in Corpus.Files(output.WriteLine))
        {
            var item = CorpusObject.Read(file.FullPath);
            var refusal = Refusal.All.GetValueOrDefault(file.Path);
            var (answer, expected) = (await StoreAsync(item), refusal is null ? "" : Expected(refusal));
            if (answer != expected) faults.Add($"{file.Path}: '{answer}' instead of '{expected}'");
            if (answer.Length > 0) output.WriteLine($"refused: {file.Path}: {answer}: {refusal?.Reason}");
            else faults.AddRange((await FaultsAsync(item, isNegotiable: refusal?.CStore != Refusal.NoContext)).Select(f => $"{file.Path}: {f}"));
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public async Task Samples_OneOfEachKind_ComeBackByteForByte()
    {
        foreach (var sample in SampleObjects.OneOfEach(SampleOptions.Fresh()))
        {
            var item = new CorpusObject(sample.ToPart10())
            {
                TransferSyntaxUid = sample.TransferSyntax.Uid,
                SopClassUid = sample.SopClassUid,
                SopInstanceUid = sample.SopInstanceUid,
                StudyInstanceUid = sample.StudyInstanceUid,
                SeriesInstanceUid = sample.SeriesInstanceUid,
                Dataset = sample.ToDatasetBytes(),
            };
            Assert.Equal("", await StoreAsync(item));
            Assert.Empty(await FaultsAsync(item, isNegotiable: true));
        }
    }

    private async Task<IReadOnlyList<string>> FaultsAsync(CorpusObject item, bool isNegotiable)
    {
        List<string> faults = [];
        var found = await Web.QidoAsync(
            $"instances?StudyInstanceUID={Uri.EscapeDataString(item.StudyInstanceUid)}&SeriesInstanceUID={Uri.EscapeDataString(item.SeriesInstanceUid)}&SOPInstanceUID={Uri.EscapeDataString(item.SopInstanceUid)}");
        if (found.Count != 1) faults.Add($"QIDO-RS finds {found.Count}");

        var responses = await Scu.FindAsync(item.Identifier);
        if (responses.Count != 2 || !responses[^1].Status.IsSuccess) faults.Add($"C-FIND answers {string.Join(", ", responses.Select(r => r.Status))}");

        var files = await Web.WadoAsync(item.InstancePath);
        if (files.Count != 1 || !Part10.DatasetOf(files[0]).AsSpan().SequenceEqual(item.Dataset)) faults.Add("WADO-RS gives other bytes");

        if (isNegotiable)
        {
            var (final, objects) = await Scu.GetAsync(item.Identifier, (item.SopClassUid, item.TransferSyntaxUid));
            if (!final.Status.IsSuccess || objects.Count != 1 || !objects[0].Dataset.AsSpan().SequenceEqual(item.Dataset)) faults.Add($"C-GET gives other bytes ({final.Status})");
        }

        using var deleted = await fixture.Server.Http.DeleteAsync($"/api/v1/{item.StudyPath}");
        if (!deleted.IsSuccessStatusCode) faults.Add($"DELETE answers {(int)deleted.StatusCode}");
        return faults;
    }
}
