using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Storage.Retrieval;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Store;

public sealed class StoreValidationTests
{
    private static readonly SampleOptions Options = SampleOptions.Fresh();
    private static readonly SampleObject Incomplete = SampleObjects.Ct(Options with { InstanceNumber = 2, Customize = d => { d.Remove(Tags.RescaleSlope); d.Remove(Tags.KVP); } });
    private static readonly SampleObject Unusable = SampleObjects.PresentationState(SampleObjects.Ct(Options), Options with { InstanceNumber = 3, Customize = d => d.Set(Tags.PresentationLUTShape, "LIN OD") });

    [Fact]
    public async Task Store_Iod_RefusesWithA900TheElementsAndAComment()
    {
        await using var server = await DimseFixture.StartAsync(("Pacs:Dimse:Rules:Validation", "Iod"));
        server.Store(SampleObjects.OneOfEach(Options));
        var response = Store(server, Incomplete);
        Assert.Equal(DimseStatus.DatasetDoesNotMatchSopClass, response.Status);
        Assert.Equal([Tags.RescaleSlope, Tags.KVP], response.OffendingElements);
        Assert.Equal("(0028,1053) is missing; 1 more: correct and resend", response.ErrorComment);
        Assert.False(IsStored(server, Incomplete));
        server.Store(Unusable);
    }

    [Fact]
    public async Task Store_Thorough_RefusesPresentationStatesWithC000()
    {
        await using var server = await DimseFixture.StartAsync(("Pacs:Dimse:Rules:Validation", "Thorough"));
        server.Store(SampleObjects.PresentationState(SampleObjects.Ct(Options), Options));
        var response = Store(server, Unusable);
        Assert.Equal(DimseStatus.CannotUnderstand, response.Status);
        Assert.Equal([Tags.PresentationLUTShape], response.OffendingElements);
        Assert.InRange(response.ErrorComment?.Length ?? 0, 1, 64);
        Assert.False(IsStored(server, Unusable));
        Assert.Equal(DimseStatus.DatasetDoesNotMatchSopClass, Store(server, Incomplete).Status);
    }

    [Fact]
    public async Task Store_Warn_StoresWithB007()
    {
        await using var server = await DimseFixture.StartAsync(("Pacs:Dimse:Rules:Validation", "Thorough"), ("Pacs:Dimse:Rules:ValidationAction", "Warn"));
        foreach (var sample in new[] { Incomplete, Unusable })
        {
            var response = Store(server, sample);
            Assert.Equal(DimseStatus.DatasetDoesNotMatchSopClassWarning, response.Status);
            Assert.NotEmpty(response.OffendingElements);
            Assert.InRange(response.ErrorComment?.Length ?? 0, 1, 64);
            Assert.True(IsStored(server, sample));
        }
    }

    [Fact]
    public async Task Store_Minimal_TakesThemAll()
    {
        await using var server = await DimseFixture.StartAsync();
        server.Store(Incomplete, Unusable);
    }

    [Fact]
    public async Task Store_RejectDuplicates_Answers0111AndKeepsTheFirst()
    {
        await using var server = await DimseFixture.StartAsync(("Pacs:Dimse:Rules:Duplicates", "Reject"));
        var first = SampleObjects.Ct(Options);
        server.Store(first, first);
        var response = Store(server, SampleObjects.Ct(Options with { StudyDescription = "Other" }));
        Assert.Equal(DimseStatus.DuplicateSopInstance, response.Status);
        Assert.InRange(response.ErrorComment?.Length ?? 0, 1, 64);
    }

    private static CommandSet Store(DimseFixture server, SampleObject sample)
    {
        using var association = server.Connect(new ProposedContext(sample.SopClassUid, sample.TransferSyntax.Uid));
        return DimseFixture.Store(association, sample, sample.ToDatasetBytes());
    }

    private static bool IsStored(DimseFixture server, SampleObject sample) =>
        server.Get<RetrievalService>().SelectAsync(new InstanceSelector { SopInstanceUids = [sample.SopInstanceUid] }, default).ToBlockingEnumerable().Any();
}
