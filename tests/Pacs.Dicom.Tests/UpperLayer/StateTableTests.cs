using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Tests.UpperLayer;

/// <summary>PS3.8 Table 9-10 told once more, by event: where each action stands. Every cell is compared.</summary>
public sealed class StateTableTests
{
    private const string PduStates = "3 5 6 7 8 9 10 11 12";

    // Event, then action: states. A state not named is empty.
    private static readonly string[] Rows =
    [
        "1  AE1: 1",
        "2  AE2: 4",
        "3  AA1: 2 | AE3: 5 | AA6: 13 | AA8: 3 6 7 8 9 10 11 12",
        "4  AA1: 2 | AE4: 5 | AA6: 13 | AA8: 3 6 7 8 9 10 11 12",
        "5  AE5: 1",
        "6  AE6: 2 | AA7: 13 | AA8: " + PduStates,
        "7  AE7: 3",
        "8  AE8: 3",
        "9  DT1: 6 | AR7: 8",
        "10 AA1: 2 | DT2: 6 | AR6: 7 | AA6: 13 | AA8: 3 5 8 9 10 11 12",
        "11 AR1: 6",
        "12 AA1: 2 | AR2: 6 | AR8: 7 | AA6: 13 | AA8: 3 5 8 9 10 11 12",
        "13 AA1: 2 | AR3: 7 11 | AR10: 10 | AA6: 13 | AA8: 3 5 6 8 9 12",
        "14 AR4: 8 12 | AR9: 9",
        "15 AA2: 4 | AA1: " + PduStates,
        "16 AA2: 2 13 | AA3: " + PduStates,
        "17 AA5: 2 | AR5: 13 | AA4: 4 " + PduStates,
        "18 AA2: 2 13",
        "19 AA1: 2 | AA7: 13 | AA8: " + PduStates,
    ];

    // Action: next state, or next state of requestor or acceptable / of acceptor or not acceptable.
    private static readonly string[] Next =
    [
        "AE1 4", "AE2 5", "AE3 6", "AE4 1", "AE5 2", "AE6 3/13", "AE7 6", "AE8 13", "DT1 6", "DT2 6",
        "AR1 7", "AR2 8", "AR3 1", "AR4 13", "AR5 1", "AR6 7", "AR7 8", "AR8 9/10", "AR9 11", "AR10 12",
        "AA1 13", "AA2 1", "AA3 1", "AA4 1", "AA5 1", "AA6 13", "AA7 13", "AA8 13",
    ];

    public static TheoryData<AssociationEvent> Events => [.. Enum.GetValues<AssociationEvent>()];

    public static TheoryData<AssociationAction> Actions => [.. Enum.GetValues<AssociationAction>().Where(a => a != AssociationAction.None)];

    [Theory]
    [MemberData(nameof(Events))]
    public void Action_EveryCell_IsThatOfTheStandard(AssociationEvent @event)
    {
        var row = Rows.Single(r => r.StartsWith($"{(int)@event} ", StringComparison.Ordinal));
        var expected = row[row.IndexOf(' ')..].Split('|')
            .Select(cell => cell.Split(':'))
            .SelectMany(cell => cell[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(s => (State: (AssociationState)int.Parse(s), Action: Enum.Parse<AssociationAction>(cell[0].Trim()))))
            .ToDictionary(c => c.State, c => c.Action);

        foreach (var state in Enum.GetValues<AssociationState>())
            Assert.Equal((state, expected.GetValueOrDefault(state)), (state, StateTable.Action(@event, state)));
    }

    [Theory]
    [MemberData(nameof(Actions))]
    public void Next_EveryAction_IsThatOfTheStandard(AssociationAction action)
    {
        var states = Next.Single(n => n.StartsWith($"{action} ", StringComparison.Ordinal)).Split(' ')[1].Split('/');

        Assert.Equal(int.Parse(states[0]), (int)StateTable.Next(action, isRequestor: true, isAcceptable: true));
        Assert.Equal(int.Parse(states[^1]), (int)StateTable.Next(action, isRequestor: false, isAcceptable: false));
    }

    [Theory]
    [MemberData(nameof(Events))]
    public void Step_AnyPduInAnyStateOfAConnection_IsNeverAnEmptyCell(AssociationEvent @event)
    {
        var fromPeer = @event is AssociationEvent.AssociateAcReceived or AssociationEvent.AssociateRjReceived or AssociationEvent.AssociateRqReceived or AssociationEvent.DataReceived
            or AssociationEvent.ReleaseRqReceived or AssociationEvent.ReleaseRpReceived or AssociationEvent.AbortReceived or AssociationEvent.InvalidPduReceived;
        if (!fromPeer) return;

        foreach (var state in Enum.GetValues<AssociationState>().Where(s => s is not (AssociationState.Idle or AssociationState.AwaitingConnection)))
            Assert.NotEqual(AssociationAction.None, StateTable.Action(@event, state));
    }

    [Fact]
    public void Step_EmptyCell_IsAMistakeOfOurs()
    {
        Assert.Throws<InvalidOperationException>(() => new AssociationStateMachine(isRequestor: true).Step(AssociationEvent.DataRequest));
    }

    [Fact]
    public void Step_AcceptorsLife_FollowsTheStandard()
    {
        var machine = new AssociationStateMachine(isRequestor: false);

        AssociationEvent[] life = [AssociationEvent.ConnectIndication, AssociationEvent.AssociateRqReceived, AssociationEvent.AssociateAccept, AssociationEvent.DataReceived,
            AssociationEvent.DataRequest, AssociationEvent.ReleaseRqReceived, AssociationEvent.ReleaseResponse, AssociationEvent.ConnectionClosed];

        Assert.Equal(["AE5", "AE6", "AE7", "DT2", "DT1", "AR2", "AR4", "AR5"], life.Select(e => machine.Step(e).ToString()));
        Assert.Equal(AssociationState.Idle, machine.State);
    }
}
