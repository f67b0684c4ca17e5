using static Pacs.Dicom.UpperLayer.AssociationAction;

namespace Pacs.Dicom.UpperLayer;

/// <summary>The state transition table of the upper layer, PS3.8 Table 9-10, as it is printed: a row per event, a column per state.</summary>
public static class StateTable
{
    private const AssociationAction ____ = None;

    private static readonly AssociationAction[][] Cells =
    [
        //          Sta1  Sta2  Sta3  Sta4  Sta5  Sta6  Sta7  Sta8  Sta9  Sta10 Sta11 Sta12 Sta13
        /* Evt1 */ [AE1,  ____, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____],
        /* Evt2 */ [____, ____, ____, AE2,  ____, ____, ____, ____, ____, ____, ____, ____, ____],
        /* Evt3 */ [____, AA1,  AA8,  ____, AE3,  AA8,  AA8,  AA8,  AA8,  AA8,  AA8,  AA8,  AA6],
        /* Evt4 */ [____, AA1,  AA8,  ____, AE4,  AA8,  AA8,  AA8,  AA8,  AA8,  AA8,  AA8,  AA6],
        /* Evt5 */ [AE5,  ____, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____, ____],
        /* Evt6 */ [____, AE6,  AA8,  ____, AA8,  AA8,  AA8,  AA8,  AA8,  AA8,  AA8,  AA8,  AA7],
        /* Evt7 */ [____, ____, AE7,  ____, ____, ____, ____, ____, ____, ____, ____, ____, ____],
        /* Evt8 */ [____, ____, AE8,  ____, ____, ____, ____, ____, ____, ____, ____, ____, ____],
        /* Evt9 */ [____, ____, ____, ____, ____, DT1,  ____, AR7,  ____, ____, ____, ____, ____],
        /* Evt10*/ [____, AA1,  AA8,  ____, AA8,  DT2,  AR6,  AA8,  AA8,  AA8,  AA8,  AA8,  AA6],
        /* Evt11*/ [____, ____, ____, ____, ____, AR1,  ____, ____, ____, ____, ____, ____, ____],
        /* Evt12*/ [____, AA1,  AA8,  ____, AA8,  AR2,  AR8,  AA8,  AA8,  AA8,  AA8,  AA8,  AA6],
        /* Evt13*/ [____, AA1,  AA8,  ____, AA8,  AA8,  AR3,  AA8,  AA8,  AR10, AR3,  AA8,  AA6],
        /* Evt14*/ [____, ____, ____, ____, ____, ____, ____, AR4,  AR9,  ____, ____, AR4,  ____],
        /* Evt15*/ [____, ____, AA1,  AA2,  AA1,  AA1,  AA1,  AA1,  AA1,  AA1,  AA1,  AA1,  ____],
        /* Evt16*/ [____, AA2,  AA3,  ____, AA3,  AA3,  AA3,  AA3,  AA3,  AA3,  AA3,  AA3,  AA2],
        /* Evt17*/ [____, AA5,  AA4,  AA4,  AA4,  AA4,  AA4,  AA4,  AA4,  AA4,  AA4,  AA4,  AR5],
        /* Evt18*/ [____, AA2,  ____, ____, ____, ____, ____, ____, ____, ____, ____, ____, AA2],
        /* Evt19*/ [____, AA1,  AA8,  ____, AA8,  AA8,  AA8,  AA8,  AA8,  AA8,  AA8,  AA8,  AA7],
    ];

    /// <summary>What is to be done; <see cref="None"/> where the standard's cell is empty.</summary>
    public static AssociationAction Action(AssociationEvent @event, AssociationState state) => Cells[(int)@event - 1][(int)state - 1];

    /// <summary>The state after an action (PS3.8 Tables 9-6 to 9-9).</summary>
    /// <param name="action">Any but <see cref="None"/>.</param>
    /// <param name="isRequestor">This side asked for the association: decides where AR-8 leads.</param>
    /// <param name="isAcceptable">The upper layer itself can accept the request: decides where AE-6 leads.</param>
    public static AssociationState Next(AssociationAction action, bool isRequestor, bool isAcceptable = true) => action switch
    {
        AE1 => AssociationState.AwaitingConnection,
        AE2 => AssociationState.AwaitingAssociateResponse,
        AE5 => AssociationState.AwaitingAssociateRq,
        AE6 => isAcceptable ? AssociationState.AwaitingLocalAssociateResponse : AssociationState.AwaitingClose,
        AE3 or AE7 or DT1 or DT2 => AssociationState.Established,
        AR1 or AR6 => AssociationState.AwaitingReleaseRp,
        AR2 or AR7 => AssociationState.AwaitingLocalReleaseResponse,
        AR8 => isRequestor ? AssociationState.CollisionRequestorAwaitingLocal : AssociationState.CollisionAcceptorAwaitingRp,
        AR9 => AssociationState.CollisionRequestorAwaitingRp,
        AR10 => AssociationState.CollisionAcceptorAwaitingLocal,
        AE8 or AR4 or AA1 or AA6 or AA7 or AA8 => AssociationState.AwaitingClose,
        AE4 or AR3 or AR5 or AA2 or AA3 or AA4 or AA5 => AssociationState.Idle,
        _ => throw new ArgumentOutOfRangeException(nameof(action), action, "No action."),
    };
}
