using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Json;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.Xml;
using Pacs.Storage.Commitments;
using Pacs.Storage.Security;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Commitments;

/// <summary>The Storage Commitment Service, PS3.18 §13.</summary>
public sealed class CommitmentRequestTests : ApiServer
{
    private const string Json = "application/dicom+json";
    private const string Xml = "application/dicom+xml";

    [Fact]
    public async Task Request_InstancesHereAndNot_AreCommittedAndFailed()
    {
        var study = SampleObjects.Study(1, 3, SampleOptions.Fresh());
        await StoreAsync(study);
        var transaction = Uid.Generate();
        var references = study.Select(o => Reference(o.SopClassUid, o.SopInstanceUid)).Append(Reference(study[0].SopClassUid, "1.2.3")).ToList();
        references[2] = Reference(Uids.MRImageStorage, study[2].SopInstanceUid);

        var result = await ResultAsync(await PostAsync(transaction, Flat(references)));
        Assert.Equal(study.Take(2).Select(o => o.SopInstanceUid), Instances(result, Tags.ReferencedSOPSequence));
        Assert.Equal([(study[2].SopInstanceUid, "281"), ("1.2.3", "274")], result.GetItems(Tags.FailedSOPSequence).Select(i => (i.GetString(Tags.ReferencedSOPInstanceUID)!, i.GetString(Tags.FailureReason)!)));
        Assert.False(result.Contains(Tags.TransactionUID) || result.Contains(Tags.ReferencedStudySequence));
        Assert.Equal(2L, Postgres.Query("SELECT count(*) FROM committed_instances"));

        var again = await ResultAsync(await GetAsync($"/dicomweb/commitment-requests/{transaction}"));
        Assert.Equal(Instances(result, Tags.ReferencedSOPSequence), Instances(again, Tags.ReferencedSOPSequence));
        var listed = Assert.Single((await GetJsonAsync($"/api/v1/commitments?transactionUid={transaction}")).EnumerateArray());
        Assert.True(listed.TryGetProperty("reportedAt", out _));
        Assert.Equal("Done", (await GetJsonAsync($"/api/v1/jobs/{listed.GetProperty("jobId").GetInt64()}")).GetProperty("state").GetString());
        await AssertProblemAsync(409, await Http.DeleteAsync($"/dicomweb/studies/{study[0].StudyInstanceUid}"));
    }

    [Theory]
    [InlineData(Json, Json)]
    [InlineData("application/json", Json)]
    [InlineData(Xml, Json)]
    [InlineData(Json, Xml)]
    [InlineData(Xml, Xml)]
    public async Task Request_ByStudies_IsAnsweredInTheirFormInEveryMediaType(string contentType, string accept)
    {
        var study = SampleObjects.Study(2, 2, SampleOptions.Fresh());
        await StoreAsync(study);
        var missing = study.Select(o => (o.StudyInstanceUid, o.SeriesInstanceUid, o.SopClassUid, o.SopInstanceUid)).Append((study[0].StudyInstanceUid, "1.2.3.4", study[0].SopClassUid, "1.2.3.5"));
        var transaction = Uid.Generate();
        var response = await PostAsync(transaction, ByStudy(missing), contentType, accept);
        Assert.Equal(accept, response.Content.Headers.ContentType!.MediaType);
        var result = await ResultAsync(response);
        Assert.Equal(study.Select(o => (o.StudyInstanceUid, o.SeriesInstanceUid, o.SopClassUid, o.SopInstanceUid)).Order(), OfStudies(result, Tags.ReferencedStudySequence).Select(i => i.Path).Order());
        Assert.Equal([((study[0].StudyInstanceUid, "1.2.3.4", study[0].SopClassUid, "1.2.3.5"), "274")], OfStudies(result, Tags.FailedStudySequence));
        Assert.False(result.Contains(Tags.ReferencedSOPSequence) || result.Contains(Tags.FailedSOPSequence));
        Assert.Equal(5, OfStudies(await ResultAsync(await GetAsync($"/dicomweb/commitment-requests/{transaction}", accept)), Tags.ReferencedStudySequence).Count() + 1);
    }

    [Fact]
    public async Task Request_TransactionUidInUse_IsAConflictUnlessItIsTheSame()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        await StoreAsync(sample);
        var (transaction, body) = (Uid.Generate(), Flat([Reference(sample.SopClassUid, sample.SopInstanceUid)]));
        await ResultAsync(await PostAsync(transaction, body));
        var json = new System.Buffers.ArrayBufferWriter<byte>();
        DicomJson.Write(json, body);
        await ResultAsync(await SendAsync(transaction, [(byte)'[', .. json.WrittenSpan, (byte)']'], Json));
        await AssertProblemAsync(409, await PostAsync(transaction, Flat([Reference(sample.SopClassUid, "1.2.3")])));
        await AssertProblemAsync(409, await PostAsync(transaction, ByStudy([(sample.StudyInstanceUid, sample.SeriesInstanceUid, sample.SopClassUid, sample.SopInstanceUid)])));
        // What was whole then need not be so now.
        Postgres.Query("UPDATE instances SET dataset_crc = dataset_crc + 1");
        Assert.Equal("272", Assert.Single((await ResultAsync(await PostAsync(transaction, body))).GetItems(Tags.FailedSOPSequence)).GetString(Tags.FailureReason));
    }

    /// <summary>As when there is much to read: a job has it by then.</summary>
    [Fact]
    public async Task Request_ThatTakesLong_IsAcceptedAndChecked()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        await StoreAsync(sample);
        Postgres.Query("CREATE FUNCTION begun() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.state := 1; RETURN NEW; END $$; CREATE TRIGGER begun BEFORE INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION begun()");
        var transaction = Uid.Generate();
        var response = await PostAsync(transaction, Flat([Reference(sample.SopClassUid, sample.SopInstanceUid)]));
        Assert.Equal((HttpStatusCode.Accepted, 0), (response.StatusCode, (await response.Content.ReadAsByteArrayAsync()).Length));
        Assert.NotNull(response.Headers.RetryAfter);

        var pending = await GetAsync($"/dicomweb/commitment-requests/{transaction}");
        Assert.Equal(HttpStatusCode.Accepted, pending.StatusCode);
        Assert.NotNull(pending.Headers.RetryAfter);
        var commitments = Services.GetRequiredService<CommitmentService>();
        var commitment = await commitments.FindAsync(CommitmentService.WebRequester, transaction, default);
        while (await commitments.VerifyNextAsync(commitment!.Id, default)) { }
        Assert.Equal([sample.SopInstanceUid], Instances(await ResultAsync(await GetAsync($"/dicomweb/commitment-requests/{transaction}")), Tags.ReferencedSOPSequence));
    }

    [Fact]
    public async Task Request_NotValid_IsRefusedWithItsStatus()
    {
        var good = Flat([Reference(Uids.CTImageStorage, "1.2.3")]);
        await AssertProblemAsync(400, await PostAsync("no%20uid", good));
        await AssertProblemAsync(400, await PostAsync("1.2.9", new DicomDataset()));
        await AssertProblemAsync(400, await PostAsync("1.2.9", Flat([new DicomDataset().Set(Tags.ReferencedSOPInstanceUID, "1.2.3")])));
        await AssertProblemAsync(400, await PostAsync("1.2.9", Flat([Reference(Uids.CTImageStorage, "../../etc/passwd")])));
        await AssertProblemAsync(400, await SendAsync("1.2.9", "{]"u8.ToArray(), Json));
        await AssertProblemAsync(400, await SendAsync("1.2.9", "[{},{}]"u8.ToArray(), Json));
        await AssertProblemAsync(400, await SendAsync("1.2.9", "<a"u8.ToArray(), Xml));
        await AssertProblemAsync(400, await SendAsync("1.2.9", [], Json));
        await AssertProblemAsync(413, await PostAsync("1.2.9", Flat([.. Enumerable.Range(0, CommitmentService.MaxReferences + 1).Select(i => Reference("1.2", $"1.{i}"))])));
        await AssertProblemAsync(413, await SendAsync("1.2.9", new byte[(32 << 20) + 1], Json));
        await AssertProblemAsync(415, await PostAsync("1.2.9", good, "application/dicom"));
        await AssertProblemAsync(406, await PostAsync("1.2.9", good, Json, "image/png"));
        await AssertProblemAsync(404, await GetAsync("/dicomweb/commitment-requests/1.2.9"));
        await AssertProblemAsync(400, await GetAsync("/dicomweb/commitment-requests/no%20uid"));
        Assert.Equal(0L, Postgres.Query("SELECT count(*) FROM commitments"));
    }

    [Fact]
    public async Task Request_WithAKeyForReading_MayOnlyBeChecked()
    {
        var (_, read) = await Services.GetRequiredService<ApiKeyStore>().AddAsync("viewer", ApiKeyScope.Read, default);
        Http.DefaultRequestHeaders.Add("X-Api-Key", read);
        await AssertProblemAsync(403, await PostAsync("1.2.9", Flat([Reference(Uids.CTImageStorage, "1.2.3")])));
        await AssertProblemAsync(404, await GetAsync("/dicomweb/commitment-requests/1.2.9"));
    }

    private static DicomDataset Reference(string sopClass, string instance) => new DicomDataset().Set(Tags.ReferencedSOPClassUID, sopClass).Set(Tags.ReferencedSOPInstanceUID, instance);

    private static DicomDataset Flat(List<DicomDataset> references) => new DicomDataset().Set(Tags.ReferencedSOPSequence, references);

    private static DicomDataset ByStudy(IEnumerable<(string Study, string Series, string Class, string Instance)> objects) => new DicomDataset().Set(Tags.ReferencedStudySequence, objects
        .GroupBy(o => o.Study).Select(study => new DicomDataset().Set(Tags.StudyInstanceUID, study.Key).Set(Tags.ReferencedSeriesSequence, study
            .GroupBy(o => o.Series).Select(series => new DicomDataset().Set(Tags.SeriesInstanceUID, series.Key).Set(Tags.ReferencedInstancesBySOPClassSequence, series
                .GroupBy(o => o.Class).Select(c => new DicomDataset().Set(Tags.ReferencedSOPClassUID, c.Key).Set(Tags.ReferencedInstanceSequence, c
                    .Select(o => new DicomDataset().Set(Tags.ReferencedSOPInstanceUID, o.Instance)).ToList())).ToList())).ToList())).ToList());

    private static IEnumerable<string> Instances(DicomDataset result, Tag sequence) => result.GetItems(sequence).Select(i => i.GetString(Tags.ReferencedSOPInstanceUID)!);

    private static IEnumerable<((string Study, string Series, string Class, string Instance) Path, string? Reason)> OfStudies(DicomDataset result, Tag sequence) =>
        from study in result.GetItems(sequence)
        from series in study.GetItems(Tags.ReferencedSeriesSequence)
        from ofClass in series.GetItems(Tags.ReferencedInstancesBySOPClassSequence)
        from instance in ofClass.GetItems(Tags.ReferencedInstanceSequence)
        select ((study.GetString(Tags.StudyInstanceUID)!, series.GetString(Tags.SeriesInstanceUID)!, ofClass.GetString(Tags.ReferencedSOPClassUID)!, instance.GetString(Tags.ReferencedSOPInstanceUID)!), instance.GetString(Tags.FailureReason));

    private Task<HttpResponseMessage> PostAsync(string transaction, DicomDataset request, string contentType = Json, string accept = Json)
    {
        var body = new System.Buffers.ArrayBufferWriter<byte>();
        if (contentType == Xml) NativeModel.Write(body, request);
        else DicomJson.Write(body, request);
        return SendAsync(transaction, body.WrittenSpan.ToArray(), contentType, accept);
    }

    private Task<HttpResponseMessage> SendAsync(string transaction, byte[] body, string contentType, string accept = Json)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/dicomweb/commitment-requests/{transaction}") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new(contentType);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        // A refused body is not sent.
        request.Headers.ExpectContinue = true;
        return Http.SendAsync(request);
    }

    private static async Task<DicomDataset> ResultAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsByteArrayAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{(int)response.StatusCode} {Encoding.UTF8.GetString(body)}");
        using var stream = new MemoryStream(body);
        return response.Content.Headers.ContentType!.MediaType == Xml ? NativeModel.Read(stream) : DicomJson.Read(body);
    }
}
