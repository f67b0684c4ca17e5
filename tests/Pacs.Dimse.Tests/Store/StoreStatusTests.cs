using Pacs.Storage.Ingest;

namespace Pacs.Dimse.Tests.Store;

public sealed class StoreStatusTests
{
    [Theory]
    [InlineData(IngestOutcome.Stored, 0x0000)]
    [InlineData(IngestOutcome.AlreadyStored, 0x0000)]
    [InlineData(IngestOutcome.Replaced, 0x0000)]
    [InlineData(IngestOutcome.KeptExisting, 0x0000)]
    [InlineData(IngestOutcome.DuplicateRejected, 0x0111)]
    [InlineData(IngestOutcome.UidMismatch, 0xA900)]
    [InlineData(IngestOutcome.IdentifierMissing, 0xA900)]
    [InlineData(IngestOutcome.IodMismatch, 0xA900)]
    [InlineData(IngestOutcome.PresentationStateUnusable, 0xC000)]
    [InlineData(IngestOutcome.NotUnderstood, 0xC000)]
    [InlineData(IngestOutcome.SopClassNotTaken, 0x0122)]
    [InlineData(IngestOutcome.TransferSyntaxNotTaken, 0xC000)]
    [InlineData(IngestOutcome.OutOfResources, 0xA700)]
    [InlineData(IngestOutcome.ProcessingFailure, 0x0110)]
    public void Of_Outcome_IsItsStatus(IngestOutcome outcome, int status) => Assert.Equal(status, StoreStatus.Of(outcome).Value);

    [Fact]
    public void Of_EveryOutcome_SucceedsExactlyWhenTheObjectIsSafe() =>
        Assert.All(Enum.GetValues<IngestOutcome>(), o => Assert.Equal(new IngestResult(o).IsSuccess, StoreStatus.Of(o).IsSuccess));
}
